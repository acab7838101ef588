-- CreateEnum
CREATE TYPE "EventState" AS ENUM ('pending', 'done', 'dead');

-- CreateEnum
CREATE TYPE "EventSource" AS ENUM ('flow', 'system', 'guide');

-- CreateEnum
CREATE TYPE "RuleMode" AS ENUM ('off', 'shadow', 'on');

-- CreateEnum
CREATE TYPE "RunState" AS ENUM ('waiting', 'done', 'skipped', 'failed');

-- CreateEnum
CREATE TYPE "PrivacyKind" AS ENUM ('data_request', 'customer_redact', 'shop_redact');

-- CreateTable
CREATE TABLE "Session" (
    "id" TEXT NOT NULL,
    "shop" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "isOnline" BOOLEAN NOT NULL DEFAULT false,
    "scope" TEXT,
    "expires" TIMESTAMPTZ(3),
    "accessToken" TEXT NOT NULL,
    "userId" BIGINT,
    "firstName" TEXT,
    "lastName" TEXT,
    "email" TEXT,
    "accountOwner" BOOLEAN NOT NULL DEFAULT false,
    "locale" TEXT,
    "collaborator" BOOLEAN DEFAULT false,
    "emailVerified" BOOLEAN DEFAULT false,
    "refreshToken" TEXT,
    "refreshTokenExpires" TIMESTAMPTZ(3),

    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Shop" (
    "id" TEXT NOT NULL,
    "installedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "uninstalledAt" TIMESTAMPTZ(3),
    "timeZone" TEXT NOT NULL DEFAULT 'UTC',
    "retentionDays" INTEGER NOT NULL DEFAULT 90,
    "tagBudget" INTEGER,
    "signingSecret" TEXT,
    "problem" JSONB,
    "guideHiddenAt" TIMESTAMPTZ(3),
    "refreshingUntil" TIMESTAMPTZ(3),
    "drainId" UUID,
    "drainUntil" TIMESTAMPTZ(3),

    CONSTRAINT "Shop_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Connection" (
    "shopId" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "accountId" TEXT NOT NULL,
    "accountName" TEXT NOT NULL,
    "scopes" JSONB NOT NULL,
    "problem" JSONB,
    "checkedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Connection_pkey" PRIMARY KEY ("shopId")
);

-- CreateTable
CREATE TABLE "Endpoint" (
    "id" TEXT NOT NULL,
    "shopId" TEXT NOT NULL,
    "lastEventAt" TIMESTAMPTZ(3),
    "lastRefusedAt" TIMESTAMPTZ(3),
    "lastRefusal" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "Endpoint_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "EndpointSecret" (
    "id" UUID NOT NULL,
    "endpointId" TEXT NOT NULL,
    "shopId" TEXT NOT NULL,
    "secret" TEXT NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "EndpointSecret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "InboundEvent" (
    "id" UUID NOT NULL,
    "shopId" TEXT NOT NULL,
    "endpointId" TEXT,
    "source" "EventSource" NOT NULL,
    "dedupeKey" TEXT NOT NULL,
    "metricId" TEXT,
    "metricName" TEXT,
    "flowId" TEXT,
    "campaignId" TEXT,
    "personKeys" TEXT[],
    "facts" TEXT NOT NULL,
    "occurredAt" TIMESTAMPTZ(3) NOT NULL,
    "receivedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "state" "EventState" NOT NULL DEFAULT 'pending',
    "matchedAt" TIMESTAMPTZ(3),
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "availableAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "InboundEvent_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Rule" (
    "id" UUID NOT NULL,
    "shopId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "mode" "RuleMode" NOT NULL DEFAULT 'off',
    "version" INTEGER NOT NULL DEFAULT 1,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMPTZ(3) NOT NULL,
    "deletedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Rule_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RuleVersion" (
    "ruleId" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "shopId" TEXT NOT NULL,
    "document" JSONB NOT NULL,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "RuleVersion_pkey" PRIMARY KEY ("ruleId","version")
);

-- CreateTable
CREATE TABLE "Run" (
    "id" UUID NOT NULL,
    "shopId" TEXT NOT NULL,
    "eventId" UUID NOT NULL,
    "ruleId" UUID NOT NULL,
    "ruleVersion" INTEGER NOT NULL,
    "shadow" BOOLEAN NOT NULL,
    "state" "RunState" NOT NULL,
    "reason" TEXT,
    "problem" JSONB,
    "why" TEXT,
    "customerGid" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Step" (
    "id" UUID NOT NULL,
    "runId" UUID NOT NULL,
    "shopId" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "state" "RunState" NOT NULL,
    "note" TEXT,
    "reason" TEXT,
    "problem" JSONB,
    "intent" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "finishedAt" TIMESTAMPTZ(3),

    CONSTRAINT "Step_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "TagGrant" (
    "shopId" TEXT NOT NULL,
    "customerGid" TEXT NOT NULL,
    "tagKey" TEXT NOT NULL,
    "tag" TEXT NOT NULL,
    "stepId" UUID NOT NULL,
    "grantedAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "TagGrant_pkey" PRIMARY KEY ("shopId","customerGid","tagKey")
);

-- CreateTable
CREATE TABLE "PrivacyRequest" (
    "id" TEXT NOT NULL,
    "shopId" TEXT NOT NULL,
    "kind" "PrivacyKind" NOT NULL,
    "answer" TEXT,
    "createdAt" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completedAt" TIMESTAMPTZ(3),

    CONSTRAINT "PrivacyRequest_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "Session_shop_idx" ON "Session"("shop");

-- CreateIndex
CREATE INDEX "Endpoint_shopId_idx" ON "Endpoint"("shopId");

-- CreateIndex
CREATE INDEX "EndpointSecret_endpointId_idx" ON "EndpointSecret"("endpointId");

-- CreateIndex
CREATE INDEX "InboundEvent_shopId_state_availableAt_id_idx" ON "InboundEvent"("shopId", "state", "availableAt", "id");

-- CreateIndex
CREATE INDEX "InboundEvent_shopId_receivedAt_idx" ON "InboundEvent"("shopId", "receivedAt");

-- CreateIndex
CREATE INDEX "InboundEvent_personKeys_idx" ON "InboundEvent" USING GIN ("personKeys");

-- CreateIndex
CREATE UNIQUE INDEX "InboundEvent_shopId_dedupeKey_key" ON "InboundEvent"("shopId", "dedupeKey");

-- CreateIndex
CREATE INDEX "Rule_shopId_deletedAt_idx" ON "Rule"("shopId", "deletedAt");

-- CreateIndex
CREATE INDEX "Run_shopId_id_idx" ON "Run"("shopId", "id");

-- CreateIndex
CREATE INDEX "Run_shopId_ruleId_id_idx" ON "Run"("shopId", "ruleId", "id");

-- CreateIndex
CREATE INDEX "Run_shopId_state_id_idx" ON "Run"("shopId", "state", "id");

-- CreateIndex
CREATE INDEX "Run_shopId_createdAt_ruleId_state_idx" ON "Run"("shopId", "createdAt", "ruleId", "state");

-- CreateIndex
CREATE INDEX "Run_shopId_customerGid_id_idx" ON "Run"("shopId", "customerGid", "id");

-- CreateIndex
CREATE UNIQUE INDEX "Run_eventId_ruleId_key" ON "Run"("eventId", "ruleId");

-- CreateIndex
CREATE UNIQUE INDEX "Step_runId_position_key" ON "Step"("runId", "position");

-- CreateIndex
CREATE INDEX "PrivacyRequest_shopId_createdAt_idx" ON "PrivacyRequest"("shopId", "createdAt");

-- AddForeignKey
ALTER TABLE "Connection" ADD CONSTRAINT "Connection_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Endpoint" ADD CONSTRAINT "Endpoint_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "EndpointSecret" ADD CONSTRAINT "EndpointSecret_endpointId_fkey" FOREIGN KEY ("endpointId") REFERENCES "Endpoint"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "InboundEvent" ADD CONSTRAINT "InboundEvent_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Rule" ADD CONSTRAINT "Rule_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RuleVersion" ADD CONSTRAINT "RuleVersion_ruleId_fkey" FOREIGN KEY ("ruleId") REFERENCES "Rule"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_eventId_fkey" FOREIGN KEY ("eventId") REFERENCES "InboundEvent"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Run" ADD CONSTRAINT "Run_ruleId_fkey" FOREIGN KEY ("ruleId") REFERENCES "Rule"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Step" ADD CONSTRAINT "Step_runId_fkey" FOREIGN KEY ("runId") REFERENCES "Run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "TagGrant" ADD CONSTRAINT "TagGrant_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "PrivacyRequest" ADD CONSTRAINT "PrivacyRequest_shopId_fkey" FOREIGN KEY ("shopId") REFERENCES "Shop"("id") ON DELETE CASCADE ON UPDATE CASCADE;
