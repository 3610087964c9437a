#!/bin/sh
# Makes the certificates of the tests anew, good for a hundred years: a CA, a server and two workers of it, and a worker
# of a CA that nobody trusts. Needs openssl. Run it in this folder.
set -eu
cd "$(dirname "$0")"

key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1.key"; }

ca() {
  key "$1"
  openssl req -x509 -new -key "$1.key" -subj "/CN=$2" -days 36500 -out "$1.crt" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign"
}

# name, common name, CA, extensions
leaf() {
  key "$1"
  printf '%s\n' "basicConstraints=CA:FALSE" "$4" >"$1.ext"
  openssl req -new -key "$1.key" -subj "/O=Batuta tests/CN=$2" |
    openssl x509 -req -CA "$3.crt" -CAkey "$3.key" -CAcreateserial -days 36500 -extfile "$1.ext" -out "$1.crt"
  rm -f "$1.ext" "$3.srl"
}

ca ca "Batuta test CA"
ca stranger-ca "Another test CA"
leaf server localhost ca "subjectAltName=DNS:localhost,IP:127.0.0.1"
leaf next-server localhost ca "subjectAltName=DNS:localhost,IP:127.0.0.1"
leaf worker tls-worker-1 ca "extendedKeyUsage=clientAuth"
leaf stranger tls-worker-1 stranger-ca "extendedKeyUsage=clientAuth"
rm -f ca.key stranger-ca.key stranger-ca.crt
