#!/bin/sh
# Runs as root after the deb or rpm package was removed. An upgrade of an rpm package calls it with 1, and keeps both.
if [ "$1" = 1 ] || [ "$1" = upgrade ]; then exit 0; fi

rm -f '/usr/bin/${executable}'

target='/etc/apparmor.d/${executable}'
if [ -f "$target" ]; then
  if ! { command -v ischroot >/dev/null 2>&1 && ischroot; }; then apparmor_parser --remove "$target" || true; fi
  rm -f "$target"
fi
