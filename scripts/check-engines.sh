#!/bin/sh
# Rebuilds the engines' module aside and compares it with the committed one, byte for byte. Needs Go.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/node_modules/.bin:$PATH" exec node scripts/build-engines.ts --check
