# What the unit that makes swap does to what it finds there. Sourced by run.
swap_case() { # name, file as found, exit status, type and MiB of the file afterwards
  local name=$1 file=$2 status=0 kind out
  out=$(in_nix env DEVICE="$file" bash -e "$work/make-swap" 2>&1) || status=$?
  # 2 says that nothing was recognised.
  kind=$(in_nix blkid --probe --output value --match-tag TYPE "$file") || [ $? = 2 ]
  same "$name" "$3 $4" "$status $kind $(stat --format=%s "$file")"
  if [ "$3" != 0 ] && ! grep -qF "stays as it is" <<<"$out"; then not_ok "$name: says so" "$out"; fi
  if [ -e "$file.new" ]; then not_ok "$name: leaves nothing" "$file.new"; fi
}

test_swap() {
  local size=$((64 * 1024 * 1024))
  local host='({ lib, ... }: { swapDevices = lib.mkForce [ { device = "/var/lib/swapfile"; size = 64; } ]; })'
  in_nix nix-instantiate --eval --raw -E "(($evaluate).sample [ $host ]).systemd.services.mkswap-var-lib-swapfile.preStart" >"$work/make-swap"
  swap_case "swap: none yet" "$work/absent" 0 "swap $size"
  : >"$work/empty"
  swap_case "swap: an empty file" "$work/empty" 0 "swap $size"
  truncate --size 16M "$work/smaller" && in_nix mkswap --quiet "$work/smaller"
  swap_case "swap: another size" "$work/smaller" 0 "swap $size"
  # Made before: the same file afterwards, not a new one.
  local before; before=$(stat --format=%i "$work/absent")
  swap_case "swap: there already" "$work/absent" 0 "swap $size"
  same "swap: there already, the same file" "$before" "$(stat --format=%i "$work/absent")"
  echo "a page of notes" >"$work/notes"
  swap_case "swap: a file of something else" "$work/notes" 1 " 16"
  same "swap: a file of something else, unchanged" "a page of notes" "$(cat "$work/notes")"
  # blkid that cannot read is not blkid that found nothing.
  mkdir "$work/folder"
  swap_case "swap: a folder in its place" "$work/folder" 1 " $(stat --format=%s "$work/folder")"
  rm -r "$work"/{absent,empty,smaller,notes,folder}
}
