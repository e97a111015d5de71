# How a tier-2 test says what it saw. Sourced by run.
passed=0 failed=0

ok() { passed=$((passed + 1)); echo "ok      $1"; }
not_ok() { failed=$((failed + 1)); echo "NOT OK  $1"; sed 's/^/        /' <<<"$2"; }

# An expression that lists complaints: none is well.
no_complaints() { # name, expression
  local out
  if out=$(in_nix nix-instantiate --eval --strict --json --show-trace -E "$2" 2>&1) && [ "$out" = "[]" ]; then
    ok "$1"
  else
    not_ok "$1" "$out"
  fi
}

# A command that must fail with a line of its stderr that contains the words.
refuses() { # name, words, command...
  local name=$1 words=$2 out
  shift 2
  if out=$(in_nix "$@" 2>&1); then
    not_ok "$name" "it was accepted: $out"
  elif grep -qF -- "$words" <<<"$out"; then
    ok "$name"
  else
    not_ok "$name" "no such words: $words"$'\n'"$(tail -n 8 <<<"$out")"
  fi
}

same() { # name, expected, found
  if [ -n "$2" ] && [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1" "$2"$'\n'"$3"; fi
}

# Byte for byte, line ends at the end included: $(...) would strip those.
same_file() { # name, expected file, found file
  local out
  if [ ! -s "$2" ]; then
    not_ok "$1" "$2 is missing or empty"
  elif out=$(diff -u "$2" "$3"); then
    ok "$1"
  else
    not_ok "$1" "$out"
  fi
}

evaluate="import $here/evaluate.nix { nixpkgs = $NIXPKGS; }"
evaluate_aarch64="import $here/evaluate.nix { nixpkgs = $NIXPKGS; system = \"aarch64-linux\"; }"
