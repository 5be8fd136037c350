import fc from 'fast-check';
import { expect, it } from 'vitest';
import { subscriptionsOf } from '../../src/notify/subscriptions.ts';
import { NO_NOTIFICATIONS } from '../../src/spec/parse-notifications.ts';

const key = fc.oneof(
  fc.constant('notifications.argoproj.io/subscriptions'),
  fc.string().map((rest) => `notifications.argoproj.io/subscribe.${rest}`),
);
const annotations = fc.dictionary(key, fc.oneof(fc.string(), fc.json()));
const globals = fc.array(
  fc.record({
    recipients: fc.array(fc.string()),
    triggers: fc.array(fc.string()),
    selector: fc.oneof(fc.string(), fc.constantFrom('a=b', 'a in (b', 'a,,b', '!')),
  }),
);

it('never throws whatever people write, and names nobody twice', () => {
  fc.assert(
    fc.property(annotations, globals, (written, subscriptions) => {
      const settings = { ...NO_NOTIFICATIONS, subscriptions, defaultTriggers: ['d'] };
      const { value } = subscriptionsOf({ metadata: { annotations: written }, where: {} }, undefined, settings);
      expect(new Set(value.map((each) => JSON.stringify(each))).size).toBe(value.length);
    }),
    { numRuns: 300 },
  );
});
