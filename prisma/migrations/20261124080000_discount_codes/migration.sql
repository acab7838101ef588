-- AlterTable
ALTER TABLE "Shop" ADD COLUMN     "currency" TEXT,
ADD COLUMN     "deletesCodes" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN     "ordersReadUntil" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "IssuedCode" (
    "stepId" UUID NOT NULL,
    "shopId" TEXT NOT NULL,
    "ruleId" UUID NOT NULL,
    "customerGid" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "worth" TEXT NOT NULL,
    "startsAt" TIMESTAMPTZ(3) NOT NULL,
    "endsAt" TIMESTAMPTZ(3) NOT NULL,
    "replacedAt" TIMESTAMPTZ(3),
    "deletedAt" TIMESTAMPTZ(3),
    "usedAt" TIMESTAMPTZ(3),
    "orderGid" TEXT,
    "revenue" DECIMAL(20,2),
    "currency" TEXT,

    CONSTRAINT "IssuedCode_pkey" PRIMARY KEY ("stepId")
);

-- CreateIndex
CREATE INDEX "IssuedCode_shopId_stepId_idx" ON "IssuedCode"("shopId", "stepId");

-- CreateIndex
CREATE INDEX "IssuedCode_shopId_ruleId_stepId_idx" ON "IssuedCode"("shopId", "ruleId", "stepId");

-- CreateIndex
CREATE INDEX "IssuedCode_shopId_customerGid_idx" ON "IssuedCode"("shopId", "customerGid");

-- CreateIndex
CREATE INDEX "IssuedCode_shopId_endsAt_idx" ON "IssuedCode"("shopId", "endsAt");

-- CreateIndex
CREATE UNIQUE INDEX "IssuedCode_shopId_code_key" ON "IssuedCode"("shopId", "code");

-- AddForeignKey
ALTER TABLE "IssuedCode" ADD CONSTRAINT "IssuedCode_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "IssuedCode" ADD CONSTRAINT "IssuedCode_ruleId_fkey" FOREIGN KEY ("ruleId") REFERENCES "Rule"("id") ON DELETE CASCADE ON UPDATE CASCADE;
-- CreateEnum
CREATE TYPE "UpkeepKind" AS ENUM ('codes_deleted');

-- CreateTable
CREATE TABLE "Upkeep" (
    "id" UUID NOT NULL,
    "shopId" TEXT NOT NULL,
    "kind" "UpkeepKind" NOT NULL,
    "count" INTEGER NOT NULL,
    "problem" JSONB,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Upkeep_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Upkeep_shopId_at_idx" ON "Upkeep"("shopId", "at");

-- AddForeignKey
ALTER TABLE "Upkeep" ADD CONSTRAINT "Upkeep_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;
