-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "undoesId" UUID;

-- CreateIndex
CREATE UNIQUE INDEX "Run_undoesId_key" ON "Run"("undoesId");

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_undoesId_fkey" FOREIGN KEY ("undoesId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;
