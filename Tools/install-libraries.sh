#!/bin/sh
# Installs the two C libraries that Refute links, where they are missing.
set -eu

probe='#include <gsl/gsl_version.h>
void openblas_set_num_threads(int);
int main(void) { openblas_set_num_threads(1); return gsl_version == 0; }'

compiler=${CC:-$(command -v cc || command -v clang || echo cc)}

works() {
  printf '%s\n' "$probe" | $compiler -x c - -lgsl -lopenblas -o /dev/null 2>/dev/null
}

if works; then exit 0; fi

if ! command -v apt-get >/dev/null 2>&1; then
  echo 'install-libraries: GSL and OpenBLAS with their headers are needed, and this system has no apt-get:' >&2
  echo 'install-libraries: install the packages that are called libgsl-dev and libopenblas-dev on Debian.' >&2
  exit 1
fi

root=
if [ "$(id -u)" -ne 0 ]; then root=sudo; fi
echo 'Installing libgsl-dev and libopenblas-dev.'
$root apt-get update -qq
$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq libgsl-dev libopenblas-dev >/dev/null
