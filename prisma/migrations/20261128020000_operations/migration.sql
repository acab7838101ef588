-- CreateEnum
CREATE TYPE "OperationKind" AS ENUM ('undo', 'past');

-- CreateEnum
CREATE TYPE "OperationState" AS ENUM ('running', 'paused', 'stopped', 'done');

-- DropIndex
DROP INDEX "Run_eventId_ruleId_key";

-- AlterTable
ALTER TABLE "Run" ADD COLUMN     "isUndo" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "operationId" UUID;

-- AlterTable
ALTER TABLE "Step" ADD COLUMN     "undoesId" UUID;

-- CreateTable
CREATE TABLE "Operation" (
    "id" UUID NOT NULL,
    "shopId" TEXT NOT NULL,
    "kind" "OperationKind" NOT NULL,
    "state" "OperationState" NOT NULL DEFAULT 'running',
    "scope" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "cursor" JSONB,
    "isExhausted" BOOLEAN NOT NULL DEFAULT false,
    "expected" INTEGER NOT NULL,
    "problem" JSONB,
    "nextPageAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Operation_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Operation_shopId_id_idx" ON "Operation"("shopId", "id");

-- CreateIndex
CREATE INDEX "Operation_shopId_state_idx" ON "Operation"("shopId", "state");

-- CreateIndex
CREATE INDEX "Run_operationId_state_idx" ON "Run"("operationId", "state");

-- CreateIndex
CREATE UNIQUE INDEX "Run_eventId_ruleId_isUndo_key" ON "Run"("eventId", "ruleId", "isUndo");

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_operationId_fkey" FOREIGN KEY ("operationId") REFERENCES "Operation"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Operation" ADD CONSTRAINT "Operation_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;
