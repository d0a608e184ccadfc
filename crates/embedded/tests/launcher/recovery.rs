//! What was killed, half made or made by somebody else.

use std::{fs, process};

use crate::{
    Outcome, Place, Tests, client, ensure, until,
    user::{User, kill_process, server_of},
};

pub(crate) const TESTS: Tests = &[
    ("owner_and_supervisor_killed", owner_and_supervisor_killed),
    ("server_killed_with_nobody_there", server_killed_with_nobody_there),
    ("server_killed_under_its_users", server_killed_under_its_users),
    ("everything_killed", everything_killed),
    ("the_stale_file_names_some_other_process", the_stale_file_names_some_other_process),
    ("a_half_made_cluster_is_made_again", a_half_made_cluster_is_made_again),
    ("a_cluster_of_another_version_is_refused", a_cluster_of_another_version_is_refused),
    ("what_is_no_cluster_is_left_alone", what_is_no_cluster_is_left_alone),
];

const KEEP: &str = "CREATE TABLE kept AS SELECT 'this' AS what";
const KEPT: &str = "SELECT what FROM kept";

/// The process id of the supervisor on duty.
fn supervisor_of(user: &User) -> Outcome<i32> {
    let home = user.data.parent().ok_or("the cluster has no home")?;
    Ok(fs::read_to_string(home.join("supervisor.lock"))?.trim().parse()?)
}

fn owner_and_supervisor_killed() -> Outcome {
    let directory = Place::new()?;
    let owner = User::join(directory.path())?;
    let (server, supervisor) = (owner.server()?, supervisor_of(&owner)?);
    kill_process(supervisor)?;
    owner.kill()?;
    let next = User::join(directory.path())?;
    ensure("it joins the server that lives on", !next.started && next.server()? == server)?;
    ensure("that has a new supervisor", supervisor_of(&next)? != supervisor)?;
    let (data, socket) = (next.data.clone(), next.socket.clone());
    next.leave()?;
    User::until_stopped(&data, &socket)
}

fn server_killed_with_nobody_there() -> Outcome {
    let directory = Place::new()?;
    let user = User::join(directory.path())?;
    client::query(&user.socket, KEEP)?;
    kill_process(supervisor_of(&user)?)?;
    let server = user.server()?;
    user.kill()?;
    kill_process(server)?;
    let next = User::join(directory.path())?;
    ensure("it started a server", next.started && next.server()? != server)?;
    ensure("nothing was lost", client::query(&next.socket, KEPT)? == "this")
}

fn server_killed_under_its_users() -> Outcome {
    let directory = Place::new()?;
    let user = User::join(directory.path())?;
    client::query(&user.socket, KEEP)?;
    kill_process(user.server()?)?;
    let next = User::join(directory.path())?;
    ensure("it started a server", next.started)?;
    ensure("nothing was lost", client::query(&next.socket, KEPT)? == "this")?;
    ensure("the first can go on", client::answers(&user.socket))
}

fn everything_killed() -> Outcome {
    let directory = Place::new()?;
    let user = User::join(directory.path())?;
    client::query(&user.socket, KEEP)?;
    let (supervisor, server) = (supervisor_of(&user)?, user.server()?);
    kill_process(server)?;
    kill_process(supervisor)?;
    let data = user.data.clone();
    user.kill()?;
    ensure("the pid file stayed behind", server_of(&data)? == server)?;
    let next = User::join(directory.path())?;
    ensure("nothing was lost", next.started && client::query(&next.socket, KEPT)? == "this")
}

fn the_stale_file_names_some_other_process() -> Outcome {
    let directory = Place::new()?;
    let user = User::join(directory.path())?;
    let (data, socket, file) = (user.data.clone(), user.socket.clone(), user.data.join("postmaster.pid"));
    let content = fs::read_to_string(&file)?;
    user.leave()?;
    User::until_stopped(&data, &socket)?;
    // As after a power cut, when the process id has meanwhile been given to this program.
    let (_, rest) = content.split_once('\n').ok_or("the file has one line")?;
    fs::write(&file, format!("{}\n{rest}", process::id()))?;
    let next = User::join(directory.path())?;
    ensure("a server was started all the same", next.started && client::answers(&next.socket))
}

fn a_half_made_cluster_is_made_again() -> Outcome {
    let directory = Place::new()?;
    // As `kill -9` during `initdb` leaves it.
    let user = User::run(directory.path())?;
    let home = directory.path().join("postgres");
    let half_made = || {
        let entries = fs::read_dir(&home).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .find(|path| path.join("PG_VERSION").exists() && !path.ends_with("data"))
    };
    until("initdb has begun", || half_made().is_some())?;
    let mut user = user;
    user.kill()?;
    user.wait()?;
    let user = User::join(directory.path())?;
    ensure("there is a whole one", user.started && client::answers(&user.socket))?;
    ensure("and no other", half_made().is_none())
}

fn a_cluster_of_another_version_is_refused() -> Outcome {
    let directory = Place::new()?;
    let user = User::join(directory.path())?;
    let (data, socket) = (user.data.clone(), user.socket.clone());
    user.leave()?;
    User::until_stopped(&data, &socket)?;
    fs::write(data.join("PG_VERSION"), "13\n")?;
    let refused = User::join(directory.path()).err().ok_or("it was started")?.to_string();
    ensure(
        &format!("the reason is clear: {refused}"),
        refused.contains("was made by PostgreSQL 13, which is not installed"),
    )?;
    ensure("it was left alone", data.join("base").exists())
}

fn what_is_no_cluster_is_left_alone() -> Outcome {
    let directory = Place::new()?;
    let user = User::join(directory.path())?;
    let (data, socket) = (user.data.clone(), user.socket.clone());
    user.leave()?;
    User::until_stopped(&data, &socket)?;
    fs::remove_file(data.join("PG_VERSION"))?;
    let refused = User::join(directory.path()).err().ok_or("it was started")?.to_string();
    ensure(
        &format!("the reason is clear: {refused}"),
        refused.contains("is not a PostgreSQL data directory"),
    )?;
    ensure("it was left alone", data.join("base").exists())
}
