# Debian's /usr as a machine of NixOS sees it: programs and libraries without the
# settings that Debian's packages bring.
{ lib, pkgs }:
let
  hidden = [
    "lib/(systemd/(system|user|system-preset|user-preset)|tmpfiles[.]d|sysusers[.]d|sysctl[.]d|modules-load[.]d|binfmt[.]d|environment[.]d|pam[.]d)"
    "lib/systemd/[a-z.]*[.]conf[.]d"
    "share/polkit-1"
    # Not needed to run.
    "share/(doc|man|info|locale|lintian|perl/.*/pod)"
    "lib/(gcc|rustlib|x86_64-linux-gnu/lib(rustc_driver|LLVM).*)"
    "lib/modules/.*-cloud-amd64"
    "include"
  ];
in
pkgs.runCommand "debian-usr"
  {
    status = builtins.hashFile "sha256" /var/lib/dpkg/status;
  }
  ''
    # What other packages than systemd have for systemd.
    folders=
    for folder in /usr/lib/udev/{rules.d,hwdb.d} /usr/lib/systemd/{*-generators,network,system-shutdown,system-sleep}; do
      [ -d "$folder" ] && folders+=" $folder"
    done
    find $folders ! -type d |
      while read -r file; do
        owner=$(dpkg -S "$file" 2>/dev/null | cut -d: -f1)
        [ "$(dpkg-query --show --showformat="\''${source:Package}" "$owner" 2>/dev/null)" = systemd ] || echo "''${file#/usr/}"
      done | sort >foreign
    cd /usr
    find . -mindepth 1 -printf '%P\n' | grep -vE ${lib.escapeShellArg "^(${lib.concatStringsSep "|" hidden})(/|$)"} | sort | comm -23 - "$OLDPWD/foreign" >"$OLDPWD/kept"
    mkdir "$out"
    # The store takes neither owners nor set-user-ID bits; NixOS has its wrappers.
    tar --create --no-recursion --mode=u+w,a-s --files-from="$OLDPWD/kept" | tar --extract --no-same-owner --directory="$out"
  ''
