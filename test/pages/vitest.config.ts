import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** `npm run test:pages`: needs a Chromium, so `npm test` leaves it out. */
const config: ViteUserConfig = defineConfig({
  test: {
    root: fileURLToPath(new URL('.', import.meta.url)),
    include: ['**/*.test.ts'],
    testTimeout: 120_000,
    // The demo plays its whole day before it serves.
    hookTimeout: 180_000,
  },
});

export default config;
