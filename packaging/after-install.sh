#!/bin/sh
# Runs as root after the deb or rpm package was unpacked.
program='/opt/${sanitizedProductName}/${executable}'

ln -sf "$program" '/usr/bin/${executable}'

# The helper of Chromium's sandbox, for systems without user namespaces and those that restrict them. It is always
# set: whether namespaces can be made as root says nothing about other users.
chown root:root '/opt/${sanitizedProductName}/chrome-sandbox'
chmod 4755 '/opt/${sanitizedProductName}/chrome-sandbox'

# Where AppArmor restricts user namespaces, the profile allows them to this program. An AppArmor that does not know the
# profile's version (before 4.0) does not restrict them.
profile='/opt/${sanitizedProductName}/resources/apparmor-profile'
target='/etc/apparmor.d/${executable}'
if command -v apparmor_parser >/dev/null 2>&1 && apparmor_parser --skip-kernel-load "$profile" >/dev/null 2>&1; then
  cp -f "$profile" "$target"
  if ! { command -v ischroot >/dev/null 2>&1 && ischroot; }; then
    apparmor_parser --replace --write-cache --skip-read-cache "$target" || true
  fi
fi

if command -v update-mime-database >/dev/null 2>&1; then update-mime-database /usr/share/mime || true; fi
if command -v update-desktop-database >/dev/null 2>&1; then update-desktop-database /usr/share/applications || true; fi
