//! The system calls that foreign code has no business with, as filters of the kernel's
//! (<https://docs.kernel.org/userspace-api/seccomp_filter.html>).

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter,
};

use super::Network;

/// On x86-64 the same kernel may know each call by another number, too.
const X32: i64 = 0x4000_0000;

/// Calls of x32 with numbers of their own: `ptrace`, `kexec_load`, `process_vm_readv`, `process_vm_writev`.
const X32_OWN: &[i64] = &[521, 528, 539, 540];

/// `open_tree_attr`, which `libc` has no name for yet; the number is the same everywhere.
const OPEN_TREE_ATTR: i64 = 467;

/// What opens a way to other machines and processes. Pairs of connected sockets stay: event loops use them.
const SOCKETS: &[i64] = &[
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
];

/// What reads or changes other processes, the kernel, mounts, or has been a way out before.
const PRIVILEGED: &[i64] = &[
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    libc::SYS_perf_event_open,
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    OPEN_TREE_ATTR,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_vhangup,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_lookup_dcookie,
    libc::SYS_nfsservctl,
    libc::SYS_kexec_file_load,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_uselib,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ustat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_sysfs,
];

/// Namespaces that `clone` could make.
const NAMESPACES: &[i32] = &[
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Forbids the calls to this thread and whatever it starts, for good.
pub(super) fn forbid(network: Network) -> Result<(), String> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| error.to_string())?;
    let filters = filters(network, arch).map_err(|error| error.to_string())?;
    for filter in &filters {
        apply_filter(filter).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// One filter for each answer; where several match, the kernel takes the strictest.
fn filters(
    network: Network,
    arch: TargetArch,
) -> Result<Vec<BpfProgram>, seccompiler::BackendError> {
    let mut privileged = always(
        PRIVILEGED
            .iter()
            .chain(X32_OWN.iter().filter(|_| is_x86(arch))),
    );
    privileged.insert(libc::SYS_clone, namespaces()?);
    let mut filters = vec![
        filter(privileged, libc::EPERM, arch)?,
        // Its flags are in memory, where no filter can look: without it, C libraries use `clone`.
        filter(always([libc::SYS_clone3].iter()), libc::ENOSYS, arch)?,
    ];
    let mut sockets = match network {
        Network::None => always(SOCKETS.iter()),
        // Sockets of this machine are files: the modes of many let everybody in, Docker's among them.
        Network::Internet => Rules::from([(libc::SYS_socket, vec![local()?])]),
    };
    sockets.insert(libc::SYS_socketpair, datagrams()?);
    filters.push(filter(sockets, libc::EACCES, arch)?);
    Ok(filters)
}

fn is_x86(arch: TargetArch) -> bool {
    arch == TargetArch::x86_64
}

fn always<'a>(calls: impl Iterator<Item = &'a i64>) -> Rules {
    calls.map(|call| (*call, Vec::new())).collect()
}

fn namespaces() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    NAMESPACES
        .iter()
        .map(|flag| u64::from(flag.unsigned_abs()))
        .map(|flag| when(0, SeccompCmpOp::MaskedEq(flag), flag))
        .collect()
}

fn local() -> Result<SeccompRule, seccompiler::BackendError> {
    when(0, SeccompCmpOp::Eq, u64::from(libc::AF_UNIX.unsigned_abs()))
}

/// A pair of datagram sockets (which a raw one of this family is) could be connected to another address.
fn datagrams() -> Result<Vec<SeccompRule>, seccompiler::BackendError> {
    [libc::SOCK_DGRAM, libc::SOCK_RAW]
        .into_iter()
        .map(|kind| {
            when(
                1,
                SeccompCmpOp::MaskedEq(0xf),
                u64::from(kind.unsigned_abs()),
            )
        })
        .collect()
}

fn when(
    argument: u8,
    op: SeccompCmpOp,
    value: u64,
) -> Result<SeccompRule, seccompiler::BackendError> {
    let condition = SeccompCondition::new(argument, SeccompCmpArgLen::Dword, op, value)?;
    SeccompRule::new(vec![condition])
}

fn filter(
    mut rules: Rules,
    errno: i32,
    arch: TargetArch,
) -> Result<BpfProgram, seccompiler::BackendError> {
    if is_x86(arch) {
        let twins: Rules = rules
            .iter()
            .map(|(call, rules)| (call | X32, rules.clone()))
            .collect();
        rules.extend(twins);
    }
    let deny = SeccompAction::Errno(errno.unsigned_abs());
    SeccompFilter::new(rules, SeccompAction::Allow, deny, arch)?.try_into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_compile_for_both_machines() {
        for arch in [TargetArch::x86_64, TargetArch::aarch64] {
            assert_eq!(filters(Network::None, arch).unwrap().len(), 3);
            assert_eq!(filters(Network::Internet, arch).unwrap().len(), 3);
        }
    }
}
