//! What stands between trueup and a MySQL or MariaDB server: passwords, names, versions, encryption. Certificates are made
//! by the tests.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::cli_world::{Run, World, finish};
use crate::lab;
use crate::mysql::open;
use crate::mysql_server::{Server, free_port};

const PASSWORD: &str = "hunter2";

fn openssl(dir: &Path, args: &str) {
    let mut command = Command::new("openssl");
    command.args(args.split(' ')).current_dir(dir);
    lab::run(command);
}

/// An authority, a server's certificate for `localhost` and a client's.
pub(crate) fn certificates() -> TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    openssl(
        dir.path(),
        "req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=trueup-test-ca -keyout ca.key -out ca.pem",
    );
    std::fs::write(dir.path().join("san"), "subjectAltName=DNS:localhost\n").unwrap();
    for name in ["server", "client"] {
        let request = "req -newkey rsa:2048 -nodes -subj /CN=NAME -keyout NAME.key -out NAME.csr";
        openssl(dir.path(), &request.replace("NAME", name));
        let sign = "x509 -req -days 30 -in NAME.csr -CA ca.pem -CAkey ca.key -CAcreateserial -extfile san -out NAME.pem";
        openssl(dir.path(), &sign.replace("NAME", name));
    }
    // The server has an account of its own.
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    }
    std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

async fn encryption(mariadb: bool) {
    let certificates = certificates();
    let file = |name: &str| certificates.path().join(name).display().to_string();
    let server = Server::start_with(
        mariadb,
        &[
            format!("--ssl-ca={}", file("ca.pem")),
            format!("--ssl-cert={}", file("server.pem")),
            format!("--ssl-key={}", file("server.key")),
        ],
    );
    let port = server.port();
    let set_up = [
        "CREATE DATABASE dev".to_owned(),
        // Some installations let anybody in from the machine itself, and take him for nobody.
        "DROP USER IF EXISTS ''@localhost".to_owned(),
        format!("CREATE USER app@'%' IDENTIFIED BY '{PASSWORD}'"),
        format!("CREATE USER carded@'%' IDENTIFIED BY '{PASSWORD}' REQUIRE X509"),
        "GRANT ALL ON dev.* TO app@'%', carded@'%'".to_owned(),
        r"GRANT ALL ON `trueup\_%`.* TO app@'%', carded@'%'".to_owned(),
    ];
    let set_up: Vec<&str> = set_up.iter().map(String::as_str).collect();
    server.run("", &set_up).unwrap();
    let url = |user: &str, host: &str, more: &str| {
        format!("mysql://{user}:{PASSWORD}@{host}:{port}/dev?timeout=1s{more}")
    };
    let opens = async |url: String| match open(&url).await {
        Ok(dev) => dev.close().await.unwrap(),
        Err(error) => panic!("{url}: {error:?}"),
    };
    let refused = async |url: String, part: &str| {
        let error = open(&url)
            .await
            .err()
            .unwrap_or_else(|| panic!("{url} opens"));
        let text = format!("{error:?}");
        assert!(
            text.contains(part) && !text.contains(PASSWORD),
            "{url}: {text}"
        );
    };
    opens(url("app", "localhost", "&tls=false")).await;
    opens(url("app", "localhost", "")).await;
    server
        .run("", &["SET GLOBAL require_secure_transport = 1"])
        .unwrap();
    // From here on a connection that opens is encrypted.
    let plain = url("app", "localhost", "&tls=false");
    // MariaDB does not say why.
    let said = if mariadb {
        "`tls=true`"
    } else {
        "takes only encrypted connections"
    };
    refused(plain, said).await;
    let ca = format!("&ssl-ca={}", file("ca.pem"));
    for more in [
        "&tls=skip-verify",
        "&tls=preferred",
        "&ssl-mode=REQUIRED",
        "&ssl-mode=PREFERRED",
    ] {
        opens(url("app", "127.0.0.1", more)).await;
    }
    for more in [
        "&tls=true",
        "&tls=custom",
        "&ssl-mode=VERIFY_CA",
        "&ssl-mode=VERIFY_IDENTITY",
        "",
    ] {
        opens(url("app", "localhost", &format!("{more}{ca}"))).await;
    }
    // Its name is not that of the certificate.
    opens(url("app", "127.0.0.1", &format!("&ssl-mode=VERIFY_CA{ca}"))).await;
    refused(
        url("app", "127.0.0.1", &format!("&tls=true{ca}")),
        "no TLS with the server",
    )
    .await;
    // Nobody knows the authority.
    refused(
        url("app", "localhost", "&tls=true"),
        "name the authority in `ssl-ca`",
    )
    .await;
    let wrong = format!("&ssl-mode=VERIFY_CA&ssl-ca={}", file("client.pem"));
    refused(url("app", "localhost", &wrong), "no TLS with the server").await;
    let none = "&ssl-mode=VERIFY_CA&ssl-ca=/nowhere/ca.pem";
    refused(url("app", "localhost", none), "can't read `ssl-ca`").await;
    // The client's certificate.
    let card = format!(
        "{ca}&ssl-cert={}&ssl-key={}",
        file("client.pem"),
        file("client.key")
    );
    refused(url("carded", "localhost", &ca), "refuses user `carded`").await;
    opens(url("carded", "localhost", &card)).await;
}

#[tokio::test]
async fn encrypted_connections_to_mysql() {
    encryption(false).await;
}

#[tokio::test]
async fn encrypted_connections_to_mariadb() {
    encryption(true).await;
}

fn diff(dev: &str, environment: &[(&str, &str)]) -> Run {
    let world = World::empty();
    world.write("models.sql", "CREATE TABLE t (a INT);");
    let mut command = world.command(&[
        "migrate",
        "diff",
        "--to",
        "file://models.sql",
        "--dev-url",
        dev,
    ]);
    command.envs(environment.iter().copied());
    let run = finish(command.spawn().unwrap()).code(2).out("");
    assert!(!run.err.contains(PASSWORD), "{}", run.err);
    run
}

#[test]
fn what_stands_in_the_way_is_said() {
    let server = Server::start_with(true, &["--skip-ssl".to_owned()]);
    let port = server.port();
    let user = format!("CREATE USER app@'%' IDENTIFIED BY 'other {PASSWORD}'");
    let grant = "GRANT ALL ON dev.* TO app@'%'";
    server
        .run("", &["CREATE DATABASE dev", &user, grant])
        .unwrap();
    let at = format!("127.0.0.1:{port}");
    diff(&format!("mysql://app:{PASSWORD}@{at}/dev"), &[])
        .err_has(&format!(
            "Error: the server at {at} refuses user `app` with this password\n"
        ))
        .err_has("Hint: give the password in the URL");
    let right = format!("mysql://app:other%20{PASSWORD}@{at}");
    diff(&format!("{right}/shop"), &[]).err_has("Error: user `app` may not use database `shop`");
    diff(&server.url(Some("shop")), &[]).err_has(
        "has no database `shop`\nHint: check its name, or create it first; without a name",
    );
    diff(&format!("{right}/dev?tls=skip-verify"), &[])
        .err_has(&format!("Error: no TLS with the server at {at}"));
    let nobody = free_port();
    let closed = format!("mysql://app:{PASSWORD}@localhost:{nobody}/dev?timeout=1s");
    diff(&closed, &[])
        .err_has(&format!(
            "Error: no MySQL or MariaDB server at localhost:{nobody}: "
        ))
        .err_has("still after 1 s\n")
        .err_has("`timeout=60s` in the URL waits");
    diff(&closed, &[("KUBERNETES_SERVICE_HOST", "10.0.0.1")])
        .err_has("a service of the job is reached by its label as the host");
    diff(
        &format!("mysql://app:{PASSWORD}@nosuch.invalid/dev?timeout=1s"),
        &[],
    )
    .err_has("Error: no MySQL or MariaDB server at nosuch.invalid:3306: ");
    drop(server);
    let old = Server::start_with(true, &["--version=10.4.1-MariaDB".to_owned()]);
    old.run("", &["CREATE DATABASE dev"]).unwrap();
    diff(&old.url(Some("dev")), &[])
        .err_has("Error: MariaDB 10.4.1 at ")
        .err_has("is too old\nHint: trueup works with MySQL 8.0 and newer, MariaDB 10.6 and newer");
}
