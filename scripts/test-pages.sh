#!/bin/sh
# `npm run test:pages`: a person plays with `trimtab demo --serve` in a real browser. Brings what it needs, except for the
# browser where it may not install one. Arguments go to vitest.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/node_modules/.bin:$PATH"
export PATH

CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
export CHROMIUM
if [ ! -x "$CHROMIUM" ] && [ "$CHROMIUM" = /usr/bin/chromium ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && apt-get install -qq --yes --no-install-recommends chromium ||
    echo 'apt-get could not install chromium.' >&2
fi
if [ ! -x "$CHROMIUM" ]; then
  echo "There is no Chromium at $CHROMIUM. Install one (Debian: apt-get install chromium), or set CHROMIUM to its path." >&2
  exit 1
fi

# npm writes the second file when an install is complete.
installed=test/pages/node_modules/.package-lock.json
if [ ! -e "$installed" ] || [ test/pages/package-lock.json -nt "$installed" ]; then
  npm ci --prefix test/pages
fi

tsc --project test/pages
exec vitest run --config test/pages/vitest.config.ts "$@"
