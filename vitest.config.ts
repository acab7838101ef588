import { defineConfig } from 'vitest/config'

const node = { environment: 'node' as const, globals: false }

/** Integration, browser and fault tests start processes of their own: one file at a time. */
const alone = { ...node, fileParallelism: false, testTimeout: 120_000, hookTimeout: 180_000 }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...node,
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          testTimeout: 20_000,
          setupFiles: ['test/unit/environment.ts'],
        },
      },
      ...['pglite', 'postgresql'].map((database) => ({
        test: {
          ...alone,
          name: database,
          include: ['test/integration/**/*.test.ts'],
          env: { TEST_DATABASE: database },
        },
      })),
      {
        test: {
          ...alone,
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          env: { TEST_DATABASE: 'pglite' },
        },
      },
      ...['pglite', 'postgresql'].map((database) => ({
        test: {
          ...alone,
          name: `fault-${database}`,
          include: ['test/fault/**/*.test.ts'],
          env: { TEST_DATABASE: database },
        },
      })),
    ],
  },
})
