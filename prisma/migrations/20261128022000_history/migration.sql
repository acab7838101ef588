-- AlterEnum
ALTER TYPE "EventSource" ADD VALUE 'history';
