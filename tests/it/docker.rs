//! `docker://` dev databases on a real daemon: the guide to the byte, and that no container outlives its run.

mod image;
mod job;
mod modes;
mod timing;

use std::fs;
use std::process::{Child, Stdio};

use bollard::models::{ContainerCreateBody, HostConfig, NetworkCreateRequest};
use bollard::query_parameters::{
    CreateContainerOptions, LogsOptions, RemoveContainerOptions, WaitContainerOptions,
};
use futures_util::StreamExt as _;
use rustix::process::{Pid, Signal, kill_process};

use crate::cli_world::{Run, World, eventually, finish};
use crate::docker_daemon::{ALONE, EXITS, SLEEPS, daemon};
use crate::guide::{self, MARIADB, MYSQL, ONE_SCHEMA, SYNCED, Setting, WHOLE_DATABASE};
use crate::project::Project;

const TRUEUP: &str = env!("CARGO_BIN_EXE_trueup");

const TABLE: &str =
    "CREATE TABLE users (id integer NOT NULL, name varchar(30), PRIMARY KEY (id));\n";

/// Starts trueup in a project, with nothing of this machine's environment but the daemon.
fn start(world: &World, args: &[&str]) -> Child {
    daemon()
        .command(TRUEUP)
        .args(args)
        .current_dir(world.path(""))
        .env_remove("DOCKER_CONTEXT")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("trueup starts")
}

/// Runs it to its end; none of its containers may be left.
#[track_caller]
fn run(world: &World, args: &[&str]) -> Run {
    let child = start(world, args);
    let pid = child.id();
    let done = finish(child);
    let left = daemon().containers_of(pid);
    assert!(left.is_empty(), "{left:?} after {done:#?}");
    done
}

fn shared() -> std::sync::RwLockReadGuard<'static, ()> {
    ALONE
        .read()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// A project with a migration and the models of its table.
fn world() -> World {
    let world = World::empty();
    world.write("models.sql", TABLE);
    world
}

fn dry_run(dev: &str) -> Vec<String> {
    [
        "migrate",
        "diff",
        "--dry-run",
        "--to",
        "file://models.sql",
        "--dev-url",
        dev,
    ]
    .map(str::to_owned)
    .to_vec()
}

fn plan(world: &World, dev: &str) -> Run {
    let args = dry_run(dev);
    run(world, &args.iter().map(String::as_str).collect::<Vec<_>>())
}

// The guide.

/// Its three runs: the first migration, the one with the new column, and nothing left to do.
fn follow(project: &Project, setting: &Setting<'_>) {
    let _shared = shared();
    let trueup = |more: &[&str]| {
        let mut command = project.command(TRUEUP);
        // The project's environment, in the daemon's network.
        let mut inside = daemon().command(TRUEUP);
        inside.current_dir(project.path(""));
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                inside.env(name, value);
            }
        }
        command = inside;
        let output = command
            .args(["migrate", "diff", "--env", "sqlalchemy"])
            .args(more)
            .stdin(Stdio::null())
            .output()
            .expect("trueup starts");
        assert!(output.status.success(), "{}", crate::lab::both(&output));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    trueup(&[]);
    let files = project.migrations();
    assert_eq!(files.len(), 1, "{files:?}");
    guide::assert_version(&files[0].0, ".sql");
    assert_eq!(files[0].1, setting.first);
    guide::add_age(project);
    trueup(&["add_age"]);
    let files = project.migrations();
    assert_eq!(files.len(), 2, "{files:?}");
    assert_eq!(files[1].1, setting.age);
    assert_eq!(trueup(&[]), SYNCED);
    assert_eq!(project.migrations(), files);
    assert!(project.path("migrations/atlas.sum").exists());
}

/// The guide's own file, to the letter.
const ATLAS_HCL: &str = r#"data "external_schema" "sqlalchemy" {
  program = [
    "atlas-provider-sqlalchemy",
    "--path", "./db",
    "--dialect", "mysql" // mariadb | postgresql | sqlite | mssql
  ]
}

env "sqlalchemy" {
  src = data.external_schema.sqlalchemy.url
  dev = "docker://mysql/8/dev"
  migration {
    dir = "file://migrations"
  }
  format {
    migrate {
      diff = "{{ sql . \"  \" }}"
    }
  }
}
"#;

#[test]
fn the_guide_word_for_word() {
    let project = guide::project(&MYSQL);
    fs::write(project.path("atlas.hcl"), ATLAS_HCL).expect("writable");
    follow(&project, &MYSQL);
}

fn with_dev<'s>(setting: &Setting<'s>, dev: &'s str) -> Setting<'s> {
    Setting { dev, ..*setting }
}

fn guide_on(setting: &Setting<'_>, dev: &str) {
    let setting = with_dev(setting, dev);
    follow(&guide::project(&setting), &setting);
}

#[test]
fn the_guide_on_mariadb() {
    guide_on(&MARIADB, "docker://mariadb/10.11/dev");
    let first = MARIADB
        .first
        .replace("utf8mb4_general_ci", "utf8mb4_uca1400_ai_ci");
    let eleven = Setting {
        first: &first,
        ..MARIADB
    };
    guide_on(&eleven, "docker://maria/11/dev");
}

#[test]
fn the_guide_on_postgres() {
    guide_on(&WHOLE_DATABASE, "docker://postgres/17/dev");
    guide_on(
        &ONE_SCHEMA,
        "docker+postgres://_/postgres:17/dev?search_path=public",
    );
}

// Scopes and images.

#[test]
fn without_a_database_all_of_them_are_compared() {
    let _shared = shared();
    let world = World::empty();
    world.write(
        "models.sql",
        "CREATE DATABASE app;\nCREATE TABLE app.users (id int NOT NULL, PRIMARY KEY (id));\n",
    );
    let done = plan(&world, "docker://mysql/9").code(0);
    assert!(done.out.contains("CREATE TABLE `app`.`users`"), "{done:#?}");
    world.write("models.sql", format!("CREATE SCHEMA app;\n{TABLE}"));
    let done = plan(&world, "docker://postgres/15").code(0);
    assert!(
        done.out.contains("CREATE TABLE \"public\".\"users\""),
        "{done:#?}"
    );
    assert!(done.out.contains("CREATE SCHEMA \"app\""), "{done:#?}");
}

#[test]
fn some_tables_with_a_schema_on_mysql() {
    let _shared = shared();
    crate::mysql::some_without_a_schema("docker://mysql/8", &run);
}

#[test]
fn the_servers_own_word_counts() {
    let _shared = shared();
    let done = plan(&world(), "docker+mysql://_/mariadb:10.11/dev").code(0);
    assert!(done.out.contains("utf8mb4_general_ci"), "{done:#?}");
    // Another database's image ends at once, and says why itself.
    plan(&world(), "docker+postgres://_/mysql:9/dev")
        .code(2)
        .err_has("mysql:9");
}

#[test]
fn what_a_migration_makes_is_gone_with_its_state() {
    let _shared = shared();
    for (dev, sql) in [
        (
            "docker://postgres/17/dev",
            "CREATE TYPE mood AS ENUM ('sad', 'ok');\nCREATE TABLE t (id int, m mood);\n\
             CREATE VIEW v AS SELECT id FROM t;\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';\n",
        ),
        (
            "docker://mysql/9/dev",
            "CREATE TABLE t (id int);\nCREATE VIEW v AS SELECT id FROM t;\n\
             CREATE FUNCTION f() RETURNS int DETERMINISTIC RETURN 1;\nSET GLOBAL max_connections = 77;\n",
        ),
    ] {
        let world = World::empty();
        world.write("models.sql", sql);
        world.write("migrations/1.sql", sql);
        run(&world, &["migrate", "hash"]).code(0);
        run(
            &world,
            &["check", "--to", "file://models.sql", "--dev-url", dev],
        )
        .code(0);
    }
}

#[test]
fn schemas_are_compared_and_printed() {
    let _shared = shared();
    let world = world();
    world.write("more.sql", TABLE.replace("30", "40"));
    for (dev, table, alter) in [
        (
            "docker://postgres/17/dev?search_path=public",
            "CREATE TABLE \"users\" (\n",
            "ALTER TABLE \"users\" ALTER COLUMN \"name\" TYPE character varying(40);\n",
        ),
        (
            "docker://mysql/9/dev",
            "CREATE TABLE `users` (\n",
            "ALTER TABLE `users` MODIFY COLUMN `name` varchar(40) NULL;\n",
        ),
    ] {
        let models = ["--url", "file://models.sql", "--dev-url", dev];
        let done = run(&world, &[&["schema", "inspect"], &models[..]].concat()).code(0);
        assert!(done.out.contains(table), "{done:#?}");
        let states = ["--from", "file://models.sql", "--to", "file://more.sql"];
        let diff = [&["schema", "diff", "--dev-url", dev], &states[..]].concat();
        let done = run(&world, &diff).code(0);
        assert!(done.out.ends_with(alter), "{done:#?}");
    }
}

// Nothing is left.

#[test]
fn an_error_leaves_no_container() {
    let _shared = shared();
    let world = world();
    world.write("migrations/1.sql", "CREATE TABLE broken (;\n");
    run(&world, &["migrate", "hash"]).code(0);
    for dev in ["docker://postgres/17/dev", "docker://mariadb/10.11/dev"] {
        run(&world, &["migrate", "validate", "--dev-url", dev])
            .code(2)
            .err_has("1.sql");
    }
}

fn signal(child: &Child, signal: Signal) {
    let pid = Pid::from_raw(child.id().try_into().expect("a number")).expect("a number");
    kill_process(pid, signal).expect("it lives");
}

/// Starts a run and waits until its container is there.
fn started(world: &World, args: &[&str]) -> Child {
    let child = start(world, args);
    let pid = child.id();
    eventually("the container is there", || {
        !daemon().containers_of(pid).is_empty()
    });
    child
}

#[test]
fn a_signal_leaves_no_container() {
    let _shared = shared();
    let world = world();
    world.write("migrations/1.sql", "SELECT pg_sleep(100);\n");
    run(&world, &["migrate", "hash"]).code(0);
    let sleeps = format!("docker+postgres://_/{SLEEPS}/dev");
    for (dev, number, code) in [
        // While it waits for the server.
        (sleeps.as_str(), Signal::INT, 130),
        (sleeps.as_str(), Signal::TERM, 143),
        // Whatever it is doing: making the container, waiting, or working.
        ("docker://postgres/17/dev", Signal::INT, 130),
    ] {
        let child = started(&world, &["migrate", "validate", "--dev-url", dev]);
        let pid = child.id();
        signal(&child, number);
        finish(child)
            .code(code)
            .out("")
            .err("Interrupted: nothing was changed\n");
        assert!(daemon().containers_of(pid).is_empty(), "{dev}");
    }
    // While a migration runs.
    let child = started(
        &world,
        &[
            "migrate",
            "validate",
            "--dev-url",
            "docker://postgres/17/dev",
        ],
    );
    let pid = child.id();
    std::thread::sleep(std::time::Duration::from_secs(5));
    signal(&child, Signal::TERM);
    finish(child).code(143);
    assert!(daemon().containers_of(pid).is_empty());
}

#[test]
fn the_next_run_sweeps_what_a_killed_one_left() {
    let _alone = ALONE
        .write()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    let world = world();
    let sleeps = format!("docker+postgres://_/{SLEEPS}/dev");
    let args = dry_run(&sleeps);
    let child = started(&world, &args.iter().map(String::as_str).collect::<Vec<_>>());
    let pid = child.id();
    signal(&child, Signal::KILL);
    finish(child);
    let left = daemon().containers_of(pid);
    assert_eq!(left.len(), 1, "{left:?}");
    let mut args = dry_run("docker://postgres/17/dev");
    args.push("-v".to_owned());
    let name = left[0].name.trim_start_matches('/');
    run(&world, &args.iter().map(String::as_str).collect::<Vec<_>>())
        .code(0)
        .err_has(&format!(
            "removed the container {name}, which a run that was killed left behind"
        ));
    assert!(daemon().containers_of(pid).is_empty());
}

#[test]
fn two_runs_at_once() {
    let _shared = shared();
    let world = world();
    let args = dry_run("docker://postgres/17/dev");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let children = [start(&world, &args), start(&world, &args)];
    for child in children {
        let pid = child.id();
        let done = finish(child).code(0);
        assert!(done.out.contains("CREATE TABLE"), "{done:#?}");
        assert!(daemon().containers_of(pid).is_empty());
    }
}

// Errors.

#[test]
fn an_image_that_cannot_be_had() {
    let _shared = shared();
    plan(&world(), "docker://postgres/0-nothing/dev")
        .code(2)
        .out("")
        .err_has("the image postgres:0-nothing is not on this machine and can't be pulled: ")
        .err_has("`docker pull postgres:0-nothing`");
}

#[test]
fn a_container_that_ends_or_never_answers() {
    let _shared = shared();
    let done = plan(&world(), &format!("docker+postgres://_/{EXITS}/dev"))
        .code(2)
        .err_has("ended with status 3 while it started; the last it printed is\n")
        .err_has("opening with ***\n")
        .err_has("no space left\n");
    assert!(!done.err.contains("Hint: start Docker"), "{done:#?}");
    plan(
        &world(),
        &format!("docker+postgres://_/{SLEEPS}/dev?connect_timeout=2"),
    )
    .code(2)
    .err_has("the container of trueup-test/sleeps:1 is not ready after 2 s (")
    .err_has("waiting with ***\n");
}

#[test]
fn parameters_are_checked_before_anything_starts() {
    let world = world();
    for (dev, part) in [
        (
            "docker://postgres/17/dev?search_pth=x",
            "unknown parameter `search_pth`",
        ),
        (
            "docker://mysql/8/dev?tls=maybe",
            "unknown value `maybe` of `tls`",
        ),
        ("docker://postgres:17/dev", "after `:`"),
        ("docker://mysql", "names no version"),
        ("docker://oracle/23/dev", "unknown database `oracle`"),
        ("docker+sqlite://_/sqlite:3/dev", "SQLite is built in"),
    ] {
        let args = dry_run(dev);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut command = world.command(&args);
        command.env("DOCKER_HOST", "unix:///nonexistent/docker.sock");
        finish(command.spawn().expect("trueup starts"))
            .code(2)
            .err_has(part);
    }
}

#[test]
fn no_daemon() {
    let world = world();
    let args = dry_run("docker://mysql/8/dev");
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    for (host, part) in [
        (
            "unix:///nonexistent/docker.sock",
            "no Docker daemon at unix:///nonexistent/docker.sock (DOCKER_HOST)",
        ),
        (
            "tcp://127.0.0.1:1",
            "no Docker daemon at tcp://127.0.0.1:1 (DOCKER_HOST)",
        ),
        (
            "ssh://me@farm",
            "reached over ssh, which trueup does not speak",
        ),
        ("farm", "not a Docker address"),
    ] {
        let mut command = world.command(&args);
        command.env("DOCKER_HOST", host);
        finish(command.spawn().expect("trueup starts"))
            .code(2)
            .err_has(part)
            .err_has("Hint: ");
    }
    let mut command = world.command(&args);
    command.env("DOCKER_CONTEXT", "nowhere");
    finish(command.spawn().expect("trueup starts"))
        .code(2)
        .err_has("the Docker context `nowhere` does not exist");
}

// In a container, as an Action is: the database joins its network.

#[test]
fn in_a_container_the_database_joins_its_network() {
    let _shared = shared();
    let world = world();
    let daemon = daemon();
    let docker = daemon.client();
    let network = format!("trueup-test-{}", std::process::id());
    let program = std::path::Path::new(TRUEUP).parent().expect("a directory");
    let binds = vec![
        format!("{}:/var/run/docker.sock", daemon.socket().display()),
        format!("{}:/trueup-program:ro", program.display()),
        format!("{}:/project", world.path("").display()),
    ];
    let (code, text) = daemon.wait(async {
        let request = NetworkCreateRequest {
            name: network.clone(),
            ..NetworkCreateRequest::default()
        };
        docker.create_network(request).await.expect("a network");
        let body = ContainerCreateBody {
            image: Some("postgres:17".to_owned()),
            // Its name says nothing of its id.
            hostname: Some("runner".to_owned()),
            entrypoint: Some(vec!["/trueup-program/trueup".to_owned()]),
            cmd: Some(dry_run("docker://postgres/17/dev")),
            working_dir: Some("/project".to_owned()),
            host_config: Some(HostConfig {
                binds: Some(binds),
                network_mode: Some(network.clone()),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        };
        let made = docker
            .create_container(None::<CreateContainerOptions>, body)
            .await;
        let id = made.expect("a container").id;
        docker.start_container(&id, None).await.expect("it starts");
        let mut end = docker.wait_container(&id, None::<WaitContainerOptions>);
        let code = match end.next().await.expect("an end") {
            Ok(end) => end.status_code,
            Err(bollard::errors::Error::DockerContainerWaitError { code, .. }) => code,
            Err(error) => panic!("{error}"),
        };
        let options = LogsOptions {
            stdout: true,
            stderr: true,
            ..LogsOptions::default()
        };
        let mut text = String::new();
        let mut logs = docker.logs(&id, Some(options));
        while let Some(Ok(line)) = logs.next().await {
            text.push_str(&line.to_string());
        }
        let options = RemoveContainerOptions {
            v: true,
            force: true,
            ..RemoveContainerOptions::default()
        };
        docker
            .remove_container(&id, Some(options))
            .await
            .expect("removed");
        // With a container still on it, a network can't be removed.
        docker
            .remove_network(&network)
            .await
            .expect("nobody is on it");
        (code, text)
    });
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("CREATE TABLE \"public\".\"users\""), "{text}");
}
