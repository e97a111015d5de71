//! Names of files and of folders: what the flake could not take is refused here.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use crate::fleet::Fleet;

#[test]
fn a_file_whose_name_cannot_name_a_host_is_refused() {
    for name in ["a b", "-x", "web.example.com", "Web", "x-", "a_b"] {
        let fleet = Fleet::new();
        let file = format!("hosts/{name}.toml");
        std::fs::rename(fleet.path("hosts/web.toml"), fleet.path(&file)).unwrap();
        let said = fleet.transcript(&["check"]);
        assert!(said.starts_with("exit: 1"), "{said}");
        assert!(
            said.contains("error[name]: a host cannot be called"),
            "{said}"
        );
        assert!(
            said.contains(&format!("{name:?}, after its file")),
            "{said}"
        );
        assert!(said.contains("rename the file, such as web.toml"), "{said}");
        assert_eq!(fleet.run(&["render"]).status.code(), Some(1), "{name}");
        let module = fleet.path(&format!("hosts/{name}.nix"));
        assert!(!module.exists(), "{name}");
    }
}

#[test]
fn what_editors_hide_is_no_host() {
    let fleet = Fleet::new();
    std::os::unix::fs::symlink("me@here.1234:5", fleet.path("hosts/.#web.toml")).unwrap();
    std::fs::write(fleet.path("hosts/.web.toml"), "not TOML").unwrap();
    let said = fleet.transcript(&["check"]);
    assert!(said.contains("checked 1 host: 0 errors"), "{said}");
}

#[test]
fn a_name_that_is_no_text_is_said() {
    let fleet = Fleet::new();
    let name = OsStr::from_bytes(b"w\xfcb.toml");
    std::fs::write(fleet.path("hosts").join(name), "").unwrap();
    let said = fleet.transcript(&["check"]);
    assert!(said.starts_with("exit: 1"), "{said}");
    assert!(said.contains("w\\xFCb.toml\" cannot name a host"), "{said}");
    assert!(said.contains("not UTF-8; rename the file"), "{said}");
}

#[test]
fn a_further_module_must_be_there() {
    let fleet = Fleet::new();
    let text = fleet.text("hosts/web.toml") + "\n[nixos]\nmodules = [\"web/extra.nix\"]\n";
    std::fs::write(fleet.path("hosts/web.toml"), text).unwrap();
    let said = fleet.transcript(&["render"]);
    assert!(said.contains("error[nixos-module-path]"), "{said}");
    assert!(said.contains("there is no such file"), "{said}");
    assert!(!fleet.path("hosts/web.nix").exists());
    std::fs::create_dir_all(fleet.path("hosts/web/extra.nix")).unwrap();
    assert_eq!(fleet.run(&["check"]).status.code(), Some(1), "a folder");
    std::fs::remove_dir(fleet.path("hosts/web/extra.nix")).unwrap();
    std::fs::write(fleet.path("hosts/web/extra.nix"), "{ }").unwrap();
    assert_eq!(fleet.run(&["render"]).status.code(), Some(0));
    let module = fleet.text("hosts/web.nix");
    assert!(module.contains("    ./web/extra.nix\n"), "{module}");
    let said = fleet.transcript(&["explain", "web", "nixos.modules"]);
    let expected = "imports = [ ./web/extra.nix ];\n    from nixos.modules\n";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn an_unknown_host_is_answered_by_those_that_there_are() {
    let fleet = Fleet::new();
    let said = fleet.transcript(&["check", "nohost"]);
    assert!(said.contains("there is no host `nohost`"), "{said}");
    assert!(said.contains("; there are: web"), "{said}");
    let description = fleet.text("hosts/web.toml");
    for index in 0..12 {
        let path = fleet.path(&format!("hosts/h{index:02}.toml"));
        std::fs::write(path, &description).unwrap();
    }
    let said = fleet.transcript(&["check", "nohost"]);
    let expected = "; there are: h00, h01, h02, h03, h04, h05, h06, h07, h08, h09 and 3 more";
    assert!(said.contains(expected), "{said}");
    std::fs::remove_dir_all(fleet.path("hosts")).unwrap();
    let said = fleet.transcript(&["check", "nohost"]);
    assert!(
        said.contains("`hostwright init` makes a first one"),
        "{said}"
    );
}

#[test]
fn pages_need_a_folder() {
    let fleet = Fleet::new();
    let said = fleet.transcript(&["man", "nodir"]);
    assert!(said.starts_with("exit: 1"), "{said}");
    assert!(said.contains("cannot write nodir/hostwright"), "{said}");
    let expected = ".1: there is no folder nodir; make it first, `mkdir -p nodir`\n";
    assert!(said.contains(expected), "{said}");
    assert!(!said.contains(".hostwright-"), "{said}");
}
