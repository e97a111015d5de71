use super::super::{Profiles, Rule};
use super::rule;

/// The text on the left is a rule and UFW shows it as the text on the right.
const RULES: &[(&str, &str)] = &[
    ("allow 53", "allow 53"),
    ("allow 25/tcp", "allow 25/tcp"),
    ("allow smtp", "allow 25/tcp"),
    ("allow ssh/tcp", "allow 22/tcp"),
    ("allow domain", "allow 53"),
    ("allow domain/udp", "allow 53/udp"),
    ("allow in http", "allow 80/tcp"),
    ("reject out smtp", "reject out 25/tcp"),
    (
        "reject telnet comment 'telnet is unencrypted'",
        "reject 23/tcp comment 'telnet is unencrypted'",
    ),
    ("deny proto tcp to any port 80", "deny 80/tcp"),
    (
        "deny proto tcp from 10.0.0.0/8 to 192.168.0.1 port 25",
        "deny from 10.0.0.0/8 to 192.168.0.1 port 25 proto tcp",
    ),
    (
        "deny proto tcp from 2001:DB8::/32 to any port 25",
        "deny from 2001:db8::/32 to any port 25 proto tcp",
    ),
    (
        "deny in on eth0 to 224.0.0.1 proto igmp",
        "deny in on eth0 to 224.0.0.1 proto igmp",
    ),
    (
        "allow in on eth0 to 192.168.0.1 proto gre",
        "allow in on eth0 to 192.168.0.1 proto gre",
    ),
    (
        "allow proto tcp from any to any port 80,443,8080:8090 comment 'web app'",
        "allow 80,443,8080:8090/tcp comment 'web app'",
    ),
    ("limit ssh/tcp", "limit 22/tcp"),
    (
        "allow in on eth0 to any port 80 proto tcp",
        "allow in on eth0 to any port 80 proto tcp",
    ),
    ("allow in on wg+", "allow in on wg+"),
    ("allow out on eth0 proto tcp", "allow out on eth0 proto tcp"),
    ("allow log 22/tcp", "allow log 22/tcp"),
    ("allow in log-all 22/tcp", "allow log-all 22/tcp"),
    (
        "deny in on eth0 log from 10.0.0.1",
        "deny in on eth0 log from 10.0.0.1",
    ),
    ("allow from 172.16.5.4/12", "allow from 172.16.0.0/12"),
    ("allow from 10.0.0.0/255.255.0.0", "allow from 10.0.0.0/16"),
    (
        "allow proto udp from 1.2.3.5 port 5469 to 1.2.3.4 port 5469",
        "allow from 1.2.3.5 port 5469 to 1.2.3.4 port 5469 proto udp",
    ),
    ("allow from any", "allow to any"),
    ("allow proto esp from any", "allow to any proto esp"),
    ("allow OpenSSH", "allow OpenSSH"),
    ("limit openssh", "limit OpenSSH"),
    ("allow SSH", "allow SSH"),
    ("allow Nginx Full", "allow 'Nginx Full'"),
    (
        "allow 'nginx full' comment web",
        "allow 'Nginx Full' comment 'web'",
    ),
    (
        "allow from 192.168.0.0/16 to any app Nginx Full",
        "allow from 192.168.0.0/16 to any app 'Nginx Full'",
    ),
    (
        "allow to any app 'Nginx HTTP' from 10.0.0.1 port 1024:65535",
        "allow from 10.0.0.1 port 1024:65535 to any app 'Nginx HTTP'",
    ),
    (
        "allow from any port 53 to any port 1024",
        "allow from any port 53 to any port 1024",
    ),
    ("allow 443,80,80,440:450/tcp", "allow 80,440:450/tcp"),
    ("allow 22/tcp comment ''", "allow 22/tcp"),
    ("  allow   22/tcp  ", "allow 22/tcp"),
    (
        "allow from 0.0.0.0/0 to any port 22",
        "allow from 0.0.0.0/0 to any port 22",
    ),
    ("allow 6000:6007/tcp", "allow 6000:6007/tcp"),
    (
        "allow 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15/udp",
        "allow 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15/udp",
    ),
];

#[test]
fn rules_have_ufws_canonical_form() {
    for (text, canonical) in RULES {
        let rule = rule(text);
        assert_eq!(rule.to_string(), *canonical, "{text}");
        assert_eq!(super::rule(canonical), rule, "{text}");
    }
}

/// A wrong rule, the words that are underlined, the message and the help.
fn faults(texts: &[&str]) -> String {
    let profiles = Profiles::default();
    let fault = |text: &&str| {
        let error = match Rule::parse(text, &profiles) {
            Ok(rule) => panic!("{text} is the rule {rule}"),
            Err(error) => error,
        };
        let underline = text
            .char_indices()
            .map(|(at, _)| if error.range.contains(&at) { '^' } else { ' ' })
            .collect::<String>();
        format!(
            "{text}\n{}\n    {error}\n    help: {}\n\n",
            underline.trim_end(),
            error.help
        )
    };
    texts.iter().map(fault).collect::<Vec<_>>().concat()
}

#[test]
fn wrong_words_are_underlined_and_explained() {
    snapshot!(faults(&[
        "",
        "alow 22/tcp",
        "permit 22",
        "ufw allow 22",
        "delete allow 22",
        "insert 1 allow 22",
        "route allow in on eth0 out on eth1",
        "enable",
        "default deny incoming",
        "allow",
        "allow in",
        "allow in on",
        "allow in on eth0:1",
        "allow in on averyveryverylongname",
        "allow 22/tcp in",
        "allow in on eth0 out on eth1",
        "allow in on eth0 22/tcp",
        "allow 22/tcp log",
        "allow 22/tcp comment",
        "allow 22/tcp comment 'web",
        "allow 22/tcp comment \"it's\"",
        "allow 22/tcp comment web app",
        "allow tcp",
        "allow 22 tcp",
        "allow 203.0.113.7",
        "allow 10.0.0.0/8",
        "allow OpenSHS",
        "allow Nginx Ful",
        "allow htpp",
    ]));
}

#[test]
fn wrong_ports_are_underlined_and_explained() {
    snapshot!(faults(&[
        "allow 0/tcp",
        "allow 65536/tcp",
        "allow 80,443",
        "allow 80:90",
        "allow 90:80/tcp",
        "allow 80:80/tcp",
        "allow 80,/tcp",
        "allow 80,http/tcp",
        "allow 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16/tcp",
        "allow 22/tpc",
        "allow 22/esp",
        "allow http/udp",
        "allow 22/tcp/udp",
    ]));
}

#[test]
fn wrong_clauses_are_underlined_and_explained() {
    snapshot!(faults(&[
        "allow proto tcp",
        "allow port 22",
        "allow from",
        "allow from 10.0.0.1 to",
        "allow from example.org",
        "allow from 10.0.0.300",
        "allow from 10.0.0.0/33",
        "allow from 10.0.0.0/255.0.255.0",
        "allow from 2001:db8::/129",
        "allow from 10.0.0.1 to 2001:db8::1",
        "allow from 2001:db8::1 proto igmp",
        "allow from any from any",
        "allow to any port 22 port 23",
        "allow to any port 22/tcp",
        "allow to any port 80,443",
        "allow to any port 22 proto esp",
        "allow to any port 22 proto sctp",
        "allow to any prot tcp",
        "allow to any app OpenSSH proto tcp",
        "allow to any app OpenSSH port 22",
        "allow to any app Cady",
        "allow from any app mosh to any app OpenSSH",
        "allow from any port 1000:2000 to any app DNS",
        "allow from any port http to any port snmp-trap proto udp",
        "allow from any to any port 22 extra",
    ]));
}

#[test]
fn a_rule_that_is_too_long_is_refused() {
    let text = format!("allow 22/tcp comment '{}'", "x".repeat(2000));
    let error = Rule::parse(&text, &Profiles::default()).unwrap_err();
    assert_eq!(error.range, 0..text.len());
}
