//! `hostwright build` and `run`: what is said where something is missing. With
//! QEMU and Nix: tests/run.

use std::path::Path;

use crate::fleet::Fleet;
use crate::support::{hostwright, run, transcript};

#[test]
fn what_is_missing_is_said_with_what_to_do() {
    let image = ["--image", "tests/hosts/valid/bastion.toml"];
    let mut said = Vec::new();
    for command in ["build", "run"] {
        said.push(transcript(&run(&[command, "hetzner-cpx3"])));
        said.push(transcript(&run(&[command, "hetzner-cpx31"])));
    }
    let arm = ["run", "tests/hosts/valid/arm-worker.toml"];
    said.push(transcript(&run(&[&arm[..], &image].concat())));
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_stale_module_is_not_built() {
    let fleet = Fleet::new();
    let mut said = vec![fleet.transcript(&["build", "web"])];
    fleet.run(&["render"]);
    said.push(fleet.transcript(&["build", "web"]));
    fleet.edit("hosts/web.toml", "\"4GiB\"", "\"2GiB\"");
    said.push(fleet.transcript(&["build", "web"]));
    fleet.run(&["render"]);
    fleet.edit("hosts/web.nix", "size = 2048", "size = 1024");
    said.push(fleet.transcript(&["build"]));
    fleet.edit("hosts/web.toml", "cpx31", "cpx99");
    said.push(fleet.transcript(&["build"]));
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn an_image_that_is_not_there_is_named() {
    // Nothing but a file of the name is needed to get so far.
    let folder = tempfile::tempdir().unwrap();
    let qemu = folder.path().join("qemu-system-x86_64");
    std::fs::write(&qemu, "#!/bin/sh\nexit 9\n").unwrap();
    make_executable(&qemu);
    let arguments = ["run", "hetzner-cpx31", "--image", "nowhere.raw", "--log"];
    let output = hostwright(&arguments)
        .arg(folder.path().join("log"))
        .env("PATH", folder.path())
        .output()
        .unwrap();
    let said = transcript(&output);
    let expected = "error: cannot unpack nowhere.raw: No such file or directory";
    assert!(said.contains(expected), "{said}");
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn verify_says_what_is_missing_before_it_starts() {
    let said = [
        transcript(&run(&["verify", "hetzner-cpx31"])),
        transcript(&run(&["verify", "hetzner-cpx31", "--at", "qemu"])),
    ];
    insta::assert_snapshot!(said.join("\n"));
}
