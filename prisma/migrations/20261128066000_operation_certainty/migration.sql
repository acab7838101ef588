-- CreateEnum
CREATE TYPE "Certainty" AS ENUM ('exact', 'about', 'more');

-- AlterTable
ALTER TABLE "Operation" ADD COLUMN     "certainty" "Certainty" NOT NULL DEFAULT 'exact';
