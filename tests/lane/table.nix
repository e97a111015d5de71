# Nixpkgs pname -> Debian packages.  A name that is not here stands for the
# Debian package of the same name.  `script` runs after the links were made,
# with $o as the output, $name, $version, $major and, for a package whose source is in
# Nixpkgs itself, $src.
let
  d = debs: { inherit debs; };
  script = debs: script: { inherit debs script; };
  stub = {
    debs = [ ];
  };
  # A checker or formatter that the build may do without.
  noop = name: script [ ] "printf '#!/bin/sh\\n' > $o/bin/${name}; chmod +x $o/bin/${name}";
  # Rust programs whose source is in Nixpkgs.
  cargo = {
    debs = [
      "cargo"
      "rustc"
    ];
    builder = ./cargo.sh;
  };
  # One that was built already, named by HOSTWRIGHT, or built here.
  program = builtins.getEnv "HOSTWRIGHT";
  hostwright =
    if program == "" then
      cargo
    else
      script [ ] "cp ${builtins.path { path = /. + program; }} $o/bin/hostwright";
  systemd =
    script
      [
        "systemd"
        "systemd-sysv"
        "udev"
        "systemd-resolved"
        "systemd-timesyncd"
        "systemd-oomd"
        "systemd-container"
        "systemd-coredump"
        "systemd-cryptsetup"
        "systemd-journal-remote"
        "systemd-repart"
        "systemd-boot"
        "systemd-boot-tools"
        "systemd-tpm"
        "systemd-userdbd"
        "libpam-systemd"
        "libnss-systemd"
        "libnss-resolve"
        "libnss-myhostname"
        "libsystemd0"
        "libudev1"
      ]
      ''
        # Nixpkgs keeps upstream's files where they have no effect by themselves.
        mkdir -p $o/example/systemd
        mv $o/lib/systemd/{system,user} $o/example/systemd/
        mv $o/lib/{tmpfiles.d,sysusers.d,sysctl.d} $o/example/
      '';
in
{
  acl = d [
    "acl"
    "libacl1"
  ];
  audit = stub;
  bash-interactive = script [ "bash" ] "ln -s bash $o/bin/sh";
  bash = script [ "bash" ] "ln -sf bash $o/bin/sh";
  bind = d [
    "bind9-dnsutils"
    "bind9-host"
  ];
  cni-plugins = script [ "containernetworking-plugins" ] "ln -s /usr/lib/cni/* $o/bin/";
  Config-IniFiles = d [ "libconfig-inifiles-perl" ];
  cloud-utils = d [ "cloud-guest-utils" ];
  coreutils-full = d [ "coreutils" ];
  dbus = d [
    "dbus"
    "dbus-bin"
    "dbus-daemon"
    "dbus-system-bus-common"
    "dbus-session-bus-common"
    "dbus-user-session"
  ];
  File-Copy-Recursive = d [ "libfile-copy-recursive-perl" ];
  File-Slurp = d [ "libfile-slurp-perl" ];
  black = noop "black";
  mypy = noop "mypy";
  ruff = noop "ruff";
  gixy = noop "gixy";
  glibc = script [ "libc-bin" "locales-all" "libc6" ] ''
    case $name in *-unsecvars) echo '#define UNSECURE_ENVVARS "LD_LIBRARY_PATH\0" "LD_PRELOAD\0" "LD_AUDIT\0" "LD_DEBUG\0" "LD_PROFILE\0" "GCONV_PATH\0" "LOCPATH\0" "MALLOC_TRACE\0" "NLSPATH\0" "TMPDIR\0"' > $o/unsecvars.h ;; esac
  '';
  glibc-locales = d [ "locales-all" ];
  gnugrep = d [ "grep" ];
  gnupatch = d [ "patch" ];
  gnused = d [ "sed" ];
  gnutar = d [ "tar" ];
  gawk = script [ "gawk" ] "ln -sf gawk $o/bin/awk";
  getent = d [ "libc-bin" ];
  grub = d [
    "grub-common"
    "grub2-common"
    "grub-pc-bin"
    "grub-efi-amd64-bin"
  ];
  hicolor-icon-theme = stub;
  inherit hostwright;
  hostname-debian = d [ "hostname" ];
  iana-etc = d [ "netbase" ];
  IO-Stringy = d [ "libio-stringy-perl" ];
  iproute2 = d [ "iproute2" ];
  iotop = d [ "iotop-c" ];
  iputils = d [ "iputils-ping" ];
  JSON = d [ "libjson-perl" ];
  json2x = cargo;
  kbd = d [ "kbd" ];
  kmod-blacklist = script [ ] "touch $o/modprobe.conf";
  "kmod-debian-aliases.conf" = script [ ] "rm -rf $o; touch $o";
  libcap = d [ "libcap2-bin" ];
  libressl = d [ "netcat-openbsd" ];
  libxslt = d [ "xsltproc" ];
  linux = script [ ] ''
    v=$(ls /usr/lib/modules | grep -v cloud | tail -1)
    cp /boot/vmlinuz-$v $o/bzImage
    mkdir -p $o/lib/modules
    cp -rs /usr/lib/modules/$v $o/lib/modules/
    rm -f $o/lib/modules/$v/build $o/lib/modules/$v/source
  '';
  linux-config =
    script [ ]
      "rm -rf $o; cp /boot/config-$(ls /usr/lib/modules | grep -v cloud | tail -1) $o";
  linux-headers = d [ "linux-libc-dev" ];
  linux-pam = d [
    "libpam-modules"
    "libpam-modules-bin"
    "libpam0g"
  ];
  List-Compare = d [ "liblist-compare-perl" ];
  lndir = d [ "xutils-dev" ];
  mailcap = script [
    "mailcap"
    "media-types"
  ] "mkdir -p $o/etc/nginx; cp /etc/nginx/mime.types $o/etc/nginx/";
  # Debian's programs have no RPATH, and a build may not keep mount's set-user-ID bit.
  make-initrd-ng = cargo // {
    script = ''
      sed -i 's|\.flat_map(.p. p\.split(":"))|.chain(["/usr/lib/x86_64-linux-gnu"])&|; s|fs::copy(&source, &target)|plain_copy(source.as_ref(), target.as_ref())|' src/main.rs
      cat >>src/main.rs <<'END'
      fn plain_copy(source: &Path, target: &Path) -> std::io::Result<()> {
          use std::os::unix::fs::PermissionsExt;
          fs::write(target, fs::read(source)?)?;
          let mode = fs::metadata(source)?.permissions().mode() & 0o755;
          fs::set_permissions(target, fs::Permissions::from_mode(mode))
      }
      END
    '';
  };
  mkpasswd = d [ "whois" ];
  nix = d [
    "nix-bin"
    "nix-setup-systemd"
  ];
  nix-bash-completions = stub;
  ncurses = d [
    "ncurses-bin"
    "ncurses-base"
  ];
  nginx = script [
    "nginx"
    "nginx-common"
  ] "mkdir -p $o/conf; cp /etc/nginx/{*_params,fastcgi.conf,mime.types} $o/conf/";
  nginx-config-formatter =
    script [ ]
      "printf '#!/bin/sh\\nexec cat\\n' > $o/bin/nginxfmt; chmod +x $o/bin/nginxfmt";
  nixos-init = cargo // {
    script = "links='initrd-init find-etc clear-etc-opaque resolve-in-root env-generator'";
  };
  node_exporter = script [
    "prometheus-node-exporter"
  ] "ln -s prometheus-node-exporter $o/bin/node_exporter";
  # A Python program whose source is in Nixpkgs; two modules that only its
  # interactive parts use are not in Debian.
  nixos-test-driver =
    script
      [
        "python3-colorama"
        "python3-ipython"
        "python3-junit.xml"
        "python3-pydantic"
        "vde2"
        "vde-switch"
        "vhost-device-vsock"
        "socat"
      ]
      ''
        mkdir -p $o/lib/driver/ptpython
        cp -r $src/test_driver $o/lib/driver/
        touch $o/lib/driver/ptpython/{__init__,ipython}.py
        echo 'RemotePdb = None' > $o/lib/driver/remote_pdb.py
        printf '#!/bin/sh\nPYTHONPATH=%s/lib/driver PATH=/usr/bin:/usr/sbin exec python3 -c "from test_driver import main; main()" "$@"\n' $o > $o/bin/nixos-test-driver
        chmod +x $o/bin/nixos-test-driver
      '';
  nsncd = script [ "nsncd" ] "ln -s /usr/libexec/nsncd $o/bin/";
  nss-cacert = script [ ] ''
    mkdir -p $o/etc/ssl/certs
    cp /etc/ssl/certs/ca-certificates.crt $o/etc/ssl/certs/ca-bundle.crt
    ln -s ca-bundle.crt $o/etc/ssl/certs/ca-certificates.crt
  '';
  openssh = script [
    "openssh-server"
    "openssh-client"
    "openssh-common"
    "openssh-sftp-server"
  ] "mkdir -p $o/libexec; ln -s /usr/lib/openssh/* $o/libexec/";
  dhcpcd = d [ "dhcpcd-base" ];
  # Conflicts with systemd-resolved in Debian; its files were unpacked over it.
  openresolv = script [ ] "ln -s /usr/sbin/resolvconf $o/bin/";
  perl = d [
    "perl-base"
    "perl"
    "perl-modules-5.42"
  ];
  postgresql = script [ "postgresql-@major@" "postgresql-client-@major@" ] ''
    ln -sfn /usr/lib/postgresql/$major/bin/* $o/bin/
  '';
  procps = d [ "procps" ];
  python3 = script [
    "python3"
    "python3-minimal"
    "python3.14-minimal"
  ] "ln -sf python3 $o/bin/python";
  qemu-host-cpu-only-for-vm-tests = d [
    "qemu-system-x86"
    "qemu-system-common"
    "qemu-system-data"
    "qemu-utils"
  ];
  redis = script [ "redis-server" "redis-tools" ] "true";
  # A Python program whose source is in Nixpkgs; starts the containers of tests.
  run-nspawn = script [ "systemd-container" "iproute2" "e2fsprogs" ] ''
    mkdir -p $o/lib/run_nspawn
    sed -E 's,@(ip|systemd-nspawn|chattr)@,/usr/bin/\1,' $src/run_nspawn/__init__.py > $o/lib/run_nspawn/__init__.py
    cat > $o/bin/run-nspawn <<END
    #!/bin/bash
    root=\''${RUN_NSPAWN_ROOT_DIR:?}
    # A cgroup of its own: nspawn's "payload" would be the same for all machines.
    mkdir -p /sys/fs/cgroup/\$\$ && echo 0 > /sys/fs/cgroup/\$\$/cgroup.procs
    mkdir -p \$root; for l in bin sbin lib lib64; do ln -sfn usr/\$l \$root/\$l; done
    export PYTHONPATH=$o/lib PATH=/usr/bin:/usr/sbin
    exec python3 -c 'from run_nspawn import main; main()' "\$@"
    END
    chmod +x $o/bin/run-nspawn
  '';
  shadow = d [
    "passwd"
    "login"
    "uidmap"
    "util-linux-extra"
    "util-linux"
  ];
  sound-theme-freedesktop = stub;
  switch-to-configuration = cargo;
  inherit systemd;
  systemd-minimal = systemd;
  tinyxxd = d [ "xxd" ];
  tzdata = d [ "tzdata" ];
  util-linux =
    script
      [
        "util-linux"
        "mount"
        "fdisk"
        "login"
        "util-linux-extra"
        "bsdextrautils"
        "bsdutils"
        "lastlog2"
        "libpam-lastlog2"
      ]
      ''
        if [ -n "$lastlog" ]; then mkdir -p $lastlog/lib/security; mv $o/lib/tmpfiles.d $lastlog/lib/; mv $o/lib/security/* $lastlog/lib/security/; fi
      '';
  util-linux-minimal = d [
    "util-linux"
    "mount"
  ];
  XML-LibXML = d [ "libxml-libxml-perl" ];
  XML-NamespaceSupport = d [ "libxml-namespacesupport-perl" ];
  XML-SAX = d [ "libxml-sax-perl" ];
  XML-SAX-Base = d [ "libxml-sax-base-perl" ];
  xwininfo = stub;
  which = d [ "debianutils" ];
  xz = d [ "xz-utils" ];
  # A copy: the machine does not see Debian's own.
  zram-generator = script [
    "systemd-zram-generator"
  ] "cp --remove-destination /usr/lib/systemd/system-generators/* $o/lib/systemd/system-generators/";
}
