-- CreateEnum
CREATE TYPE "SyncState" AS ENUM ('running', 'paused', 'canceled', 'done', 'failed');

-- CreateEnum
CREATE TYPE "SyncPageKind" AS ENUM ('read', 'set', 'delete');

-- CreateEnum
CREATE TYPE "SyncFindingKind" AS ENUM ('error', 'change');

-- AlterTable
ALTER TABLE "Shop" ADD COLUMN     "indexedAt" TIMESTAMPTZ(3),
ADD COLUMN     "indexedUntil" TIMESTAMPTZ(3),
ADD COLUMN     "nextSyncAt" TIMESTAMPTZ(3),
ADD COLUMN     "syncHour" INTEGER NOT NULL DEFAULT 2,
ADD COLUMN     "syncsNightly" BOOLEAN NOT NULL DEFAULT true;

-- CreateTable
CREATE TABLE "Mapping" (
    "id" UUID NOT NULL,
    "shopId" TEXT NOT NULL,
    "slot" TEXT NOT NULL,
    "namespace" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "document" JSONB NOT NULL,
    "isEnabled" BOOLEAN NOT NULL DEFAULT true,
    "position" INTEGER NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "Mapping_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Sync" (
    "id" UUID NOT NULL,
    "shopId" TEXT NOT NULL,
    "activeShop" TEXT,
    "state" "SyncState" NOT NULL DEFAULT 'running',
    "isNightly" BOOLEAN NOT NULL DEFAULT false,
    "isDry" BOOLEAN NOT NULL DEFAULT false,
    "scope" JSONB NOT NULL,
    "mappings" JSONB NOT NULL,
    "cursor" TEXT,
    "isDefined" BOOLEAN NOT NULL DEFAULT false,
    "isIndexed" BOOLEAN NOT NULL DEFAULT false,
    "isReadThrough" BOOLEAN NOT NULL DEFAULT false,
    "indexOperation" TEXT,
    "indexesUntil" TIMESTAMPTZ(3),
    "pagesRead" INTEGER NOT NULL DEFAULT 0,
    "profiles" INTEGER NOT NULL DEFAULT 0,
    "matched" INTEGER NOT NULL DEFAULT 0,
    "noAddress" INTEGER NOT NULL DEFAULT 0,
    "noCustomer" INTEGER NOT NULL DEFAULT 0,
    "several" INTEGER NOT NULL DEFAULT 0,
    "duplicate" INTEGER NOT NULL DEFAULT 0,
    "changed" INTEGER NOT NULL DEFAULT 0,
    "toWrite" INTEGER NOT NULL DEFAULT 0,
    "written" INTEGER NOT NULL DEFAULT 0,
    "deleted" INTEGER NOT NULL DEFAULT 0,
    "failed" INTEGER NOT NULL DEFAULT 0,
    "times" JSONB NOT NULL DEFAULT '{}',
    "distribution" JSONB NOT NULL DEFAULT '{}',
    "moves" JSONB NOT NULL DEFAULT '{}',
    "problem" JSONB,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "dueAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "leaseId" UUID,
    "leaseUntil" TIMESTAMPTZ(3),
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Sync_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SyncPage" (
    "id" UUID NOT NULL,
    "shopId" TEXT NOT NULL,
    "syncId" UUID NOT NULL,
    "kind" "SyncPageKind" NOT NULL,
    "body" TEXT NOT NULL,
    "lines" INTEGER NOT NULL,
    "bytes" INTEGER NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "writeId" UUID,
    "fromLine" INTEGER,

    CONSTRAINT "SyncPage_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SyncWrite" (
    "id" UUID NOT NULL,
    "shopId" TEXT NOT NULL,
    "syncId" UUID NOT NULL,
    "lines" INTEGER NOT NULL,
    "operationId" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "SyncWrite_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SyncFinding" (
    "id" UUID NOT NULL,
    "shopId" TEXT NOT NULL,
    "syncId" UUID NOT NULL,
    "kind" "SyncFindingKind" NOT NULL,
    "customerId" BIGINT,
    "metafield" TEXT NOT NULL,
    "code" TEXT,
    "what" TEXT,
    "change" TEXT,

    CONSTRAINT "SyncFinding_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "CustomerAddress" (
    "shopId" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "customerId" BIGINT NOT NULL,

    CONSTRAINT "CustomerAddress_pkey" PRIMARY KEY ("shopId","hash","customerId")
);

-- CreateTable
CREATE TABLE "SyncedCustomer" (
    "id" UUID NOT NULL,
    "shopId" TEXT NOT NULL,
    "customerId" BIGINT NOT NULL,
    "syncId" UUID NOT NULL,
    "held" TEXT,
    "unsure" TEXT[],

    CONSTRAINT "SyncedCustomer_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "Mapping_shopId_namespace_key_key" ON "Mapping"("shopId", "namespace", "key");

-- CreateIndex
CREATE UNIQUE INDEX "Mapping_shopId_slot_key" ON "Mapping"("shopId", "slot");

-- CreateIndex
CREATE UNIQUE INDEX "Sync_activeShop_key" ON "Sync"("activeShop");

-- CreateIndex
CREATE INDEX "Sync_shopId_id_idx" ON "Sync"("shopId", "id");

-- CreateIndex
CREATE INDEX "Sync_state_dueAt_idx" ON "Sync"("state", "dueAt");

-- CreateIndex
CREATE INDEX "SyncPage_syncId_kind_writeId_id_idx" ON "SyncPage"("syncId", "kind", "writeId", "id");

-- CreateIndex
CREATE INDEX "SyncPage_shopId_id_idx" ON "SyncPage"("shopId", "id");

-- CreateIndex
CREATE INDEX "SyncPage_writeId_idx" ON "SyncPage"("writeId");

-- CreateIndex
CREATE INDEX "SyncWrite_syncId_idx" ON "SyncWrite"("syncId");

-- CreateIndex
CREATE INDEX "SyncWrite_shopId_idx" ON "SyncWrite"("shopId");

-- CreateIndex
CREATE INDEX "SyncFinding_syncId_kind_id_idx" ON "SyncFinding"("syncId", "kind", "id");

-- CreateIndex
CREATE INDEX "SyncFinding_shopId_customerId_idx" ON "SyncFinding"("shopId", "customerId");

-- CreateIndex
CREATE INDEX "CustomerAddress_shopId_customerId_idx" ON "CustomerAddress"("shopId", "customerId");

-- CreateIndex
CREATE UNIQUE INDEX "SyncedCustomer_shopId_customerId_key" ON "SyncedCustomer"("shopId", "customerId");

-- AddForeignKey
ALTER TABLE "Mapping" ADD CONSTRAINT "Mapping_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Sync" ADD CONSTRAINT "Sync_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SyncPage" ADD CONSTRAINT "SyncPage_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SyncPage" ADD CONSTRAINT "SyncPage_syncId_fkey" FOREIGN KEY ("syncId") REFERENCES "Sync"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SyncPage" ADD CONSTRAINT "SyncPage_writeId_fkey" FOREIGN KEY ("writeId") REFERENCES "SyncWrite"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SyncWrite" ADD CONSTRAINT "SyncWrite_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SyncWrite" ADD CONSTRAINT "SyncWrite_syncId_fkey" FOREIGN KEY ("syncId") REFERENCES "Sync"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SyncFinding" ADD CONSTRAINT "SyncFinding_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SyncFinding" ADD CONSTRAINT "SyncFinding_syncId_fkey" FOREIGN KEY ("syncId") REFERENCES "Sync"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CustomerAddress" ADD CONSTRAINT "CustomerAddress_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "SyncedCustomer" ADD CONSTRAINT "SyncedCustomer_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;
