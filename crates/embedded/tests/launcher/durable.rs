//! Sharing the durable server, and what it keeps to itself.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use crate::{
    Outcome, Place, Tests, client, ensure,
    user::{User, server_of},
};

pub(crate) const TESTS: Tests = &[
    ("a_second_process_joins", a_second_process_joins),
    ("the_last_user_takes_the_server_along", the_last_user_takes_the_server_along),
    ("a_killed_user_counts_as_gone", a_killed_user_counts_as_gone),
    ("ctrl_c_ends_the_user_and_not_the_server", ctrl_c_ends_the_user_and_not_the_server),
    ("of_many_that_come_at_once_one_starts_the_server", of_many_that_come_at_once_one_starts_the_server),
    ("who_comes_while_it_stops_gets_a_server", who_comes_while_it_stops_gets_a_server),
    ("two_data_directories_stand_side_by_side", two_data_directories_stand_side_by_side),
    ("a_relative_path_leads_to_the_same_server", a_relative_path_leads_to_the_same_server),
    ("a_path_too_long_for_a_socket_is_no_obstacle", a_path_too_long_for_a_socket_is_no_obstacle),
    ("a_private_parent_directory_is_no_obstacle", a_private_parent_directory_is_no_obstacle),
    ("the_data_is_durable_and_the_port_closed", the_data_is_durable_and_the_port_closed),
    ("the_log_quotes_no_values", the_log_quotes_no_values),
    ("the_server_does_not_know_the_callers_secrets", the_server_does_not_know_the_callers_secrets),
];

fn a_second_process_joins() -> Outcome {
    let directory = Place::new()?;
    let first = User::join(directory.path())?;
    let second = User::join(directory.path())?;
    ensure("the first started the server and the second did not", first.started && !second.started)?;
    ensure("they use the same one", first.server()? == second.server()? && first.socket == second.socket)?;
    ensure("it answers", client::answers(&second.socket))
}

fn the_last_user_takes_the_server_along() -> Outcome {
    let directory = Place::new()?;
    let first = User::join(directory.path())?;
    let second = User::join(directory.path())?;
    let (data, socket) = (first.data.clone(), first.socket.clone());
    first.leave()?;
    ensure("the server stays for the second", client::answers(&socket))?;
    second.leave()?;
    User::until_stopped(&data, &socket)
}

fn a_killed_user_counts_as_gone() -> Outcome {
    let directory = Place::new()?;
    let user = User::join(directory.path())?;
    let (data, socket) = (user.data.clone(), user.socket.clone());
    user.kill()?;
    User::until_stopped(&data, &socket)
}

fn ctrl_c_ends_the_user_and_not_the_server() -> Outcome {
    let directory = Place::new()?;
    let first = User::join(directory.path())?;
    let second = User::join(directory.path())?;
    let server = first.server()?;
    first.interrupt()?;
    ensure("the server still answers", client::answers(&second.socket))?;
    ensure("it is the same server", second.server()? == server)?;
    let (data, socket) = (second.data.clone(), second.socket.clone());
    second.interrupt()?;
    User::until_stopped(&data, &socket)
}

fn of_many_that_come_at_once_one_starts_the_server() -> Outcome {
    let directory = Place::new()?;
    let processes = (0..8).map(|_| User::run(directory.path())).collect::<Outcome<Vec<_>>>()?;
    let users = processes.into_iter().map(User::listen).collect::<Outcome<Vec<_>>>()?;
    ensure("one started it", users.iter().filter(|user| user.started).count() == 1)?;
    ensure("all can use it", users.iter().all(|user| client::answers(&user.socket)))
}

fn who_comes_while_it_stops_gets_a_server() -> Outcome {
    let directory = Place::new()?;
    let mut user = User::join(directory.path())?;
    let mut starts = 0;
    for _ in 0..20 {
        // The next one sets out while the last one goes, so that it meets the supervisor at every stage of stopping.
        let next = User::run(directory.path())?;
        user.kill()?;
        user = User::listen(next)?;
        starts += usize::from(user.started);
        ensure("who has joined has a server", client::answers(&user.socket))?;
    }
    let (data, socket) = (user.data.clone(), user.socket.clone());
    user.leave()?;
    User::until_stopped(&data, &socket).map_err(|error| format!("{error} ({starts} starts)").into())
}

fn two_data_directories_stand_side_by_side() -> Outcome {
    let (one, other) = (Place::new()?, Place::new()?);
    let (one, other) = (User::join(one.path())?, User::join(other.path())?);
    ensure("there are two servers", one.server()? != other.server()? && one.socket != other.socket)?;
    client::query(&one.socket, "CREATE TABLE only_here ()")?;
    ensure("the other does not have it", client::query(&other.socket, "TABLE only_here").is_err())
}

fn a_relative_path_leads_to_the_same_server() -> Outcome {
    let directory = Place::new()?;
    let first = User::listen(User::run_in(directory.path(), Path::new("."))?)?;
    let second = User::join(directory.path())?;
    ensure("they use the same one", first.server()? == second.server()? && first.socket == second.socket)?;
    ensure("it lies where it should", first.data.starts_with(fs::canonicalize(directory.path())?))
}

fn a_path_too_long_for_a_socket_is_no_obstacle() -> Outcome {
    let directory = Place::new()?;
    let long = directory.path().join("a".repeat(100)).join("with, a comma and a \"quote\"");
    let user = User::join(&long)?;
    ensure("the socket lies elsewhere", !user.socket.starts_with(directory.path()))?;
    ensure("it answers", client::answers(&user.socket))?;
    let (data, socket) = (user.data.clone(), user.socket.clone());
    user.leave()?;
    User::until_stopped(&data, &socket)?;
    let sockets = socket.parent().ok_or("the socket has no directory")?;
    crate::until("its directory is gone", || !sockets.exists())
}

fn a_private_parent_directory_is_no_obstacle() -> Outcome {
    let private = Place::new()?;
    fs::set_permissions(private.path(), Permissions::from_mode(0o700))?;
    let data_directory = private.path().join("data");
    let user = User::join(&data_directory)?;
    ensure("it answers", client::answers(&user.socket))?;
    let link = fs::read_link(data_directory.join("postgres"));
    // Only root's server runs under an account that may not enter.
    ensure(
        "root's cluster lies elsewhere, and nobody else's",
        link.is_ok() == nix::unistd::geteuid().is_root(),
    )?;
    let (data, socket) = (user.data.clone(), user.socket.clone());
    user.leave()?;
    User::until_stopped(&data, &socket)?;
    if let Ok(elsewhere) = link {
        ensure("the link leads to the cluster", data.starts_with(&elsewhere))?;
        fs::remove_dir_all(elsewhere)?;
    }
    Ok(())
}

fn the_data_is_durable_and_the_port_closed() -> Outcome {
    let directory = Place::new()?;
    let user = User::join(directory.path())?;
    for (setting, value) in
        [("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on"), ("listen_addresses", "")]
    {
        let found = client::query(&user.socket, &format!("SHOW {setting}"))?;
        ensure(&format!("{setting} is {value:?} and not {found:?}"), found == value)?;
    }
    Ok(())
}

fn the_log_quotes_no_values() -> Outcome {
    let directory = Place::new()?;
    let user = User::join(directory.path())?;
    client::query(&user.socket, "CREATE TABLE people (name text PRIMARY KEY)")?;
    client::query(&user.socket, "INSERT INTO people VALUES ('Asha')")?;
    for failing in ["INSERT INTO people VALUES ('Asha')", "SELECT 'Asha'::uuid", "SELECT Asha"] {
        ensure("the statement fails", client::query(&user.socket, failing).is_err())?;
    }
    // FATAL messages are logged, which shows that the log is the right one.
    ensure(
        "a statement cannot end its own session well",
        client::query(&user.socket, "SELECT pg_terminate_backend(pg_backend_pid())").is_err(),
    )?;
    let home = user.data.parent().ok_or("the cluster has no home")?;
    let log = fs::read_to_string(home.join("server.log"))?;
    ensure("the log is written to", log.contains("terminating connection"))?;
    ensure("it does not hold the name", !log.to_lowercase().contains("asha"))
}

fn the_server_does_not_know_the_callers_secrets() -> Outcome {
    let directory = Place::new()?;
    let user = User::join(directory.path())?;
    let environment = format!("/proc/{}/environ", server_of(&user.data)?);
    // Where there is no /proc, a server cannot read it either.
    let environment = fs::read(environment).unwrap_or_default();
    ensure("the key is not passed on", !String::from_utf8_lossy(&environment).contains("ENCRYPTION_KEY"))
}
