#!/bin/sh
# Write the secrets that compose.yaml reads, once; what is there already stays. No password is shown.
# The folder is closed to other users of this machine; the files in it are readable, since the app runs under a number of its own.
set -eu
folder=$(dirname "$0")/secrets
mkdir -p "$folder"
chmod 700 "$folder"
mkdir -p "$folder/access" # for the rules of a sign-in
chmod 755 "$folder/access"
if [ -s "$folder/database-password" ]; then
  echo "$folder/database-password is there already and stays as it is."
else
  umask 022
  head -c 32 /dev/urandom | od -An -tx1 | tr -d ' \n' > "$folder/database-password"
  echo "Wrote $folder/database-password"
fi
