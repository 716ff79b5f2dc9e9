"""How the embedded server is set: for one machine that does other things as well."""

from pathlib import Path

import psutil

MB = 1024 * 1024
GB = 1024 * MB


def server_settings(memory: int, shared_memory: int, socket: Path) -> dict[str, str]:
    """The server's settings by name; the operator's own in postgresql.conf come after them.

    Args:
        memory: bytes that this machine, or container, has.
        shared_memory: bytes that fit in /dev/shm.
        socket: the folder of the server's socket.
    """
    buffers = max(128 * MB, min(GB, memory // 8))
    return {
        "listen_addresses": "",
        "port": "5432",  # only part of the socket's name
        "unix_socket_directories": str(socket),
        "unix_socket_permissions": "0700",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "shared_buffers": f"{buffers // MB}MB",
        "effective_cache_size": f"{max(buffers, memory // 2) // MB}MB",
        "work_mem": "32MB",
        "maintenance_work_mem": "256MB",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        # Containers often have 64 MB of /dev/shm, and a parallel query may ask for more.
        "dynamic_shared_memory_type": "posix" if shared_memory >= GB else "mmap",
        "logging_collector": "on",
        "log_directory": "../log",
        "log_filename": "postgres-%a.log",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_truncate_on_rotation": "on",
        "log_file_mode": "0600",
        "log_line_prefix": "%m [%p] %a ",
        "log_lock_waits": "on",
    }


def as_text(settings: dict[str, str]) -> str:
    """The file that holds `settings`."""
    lines = ["# Written anew at each start. Put your own settings below, in postgresql.conf."]
    for name, value in settings.items():
        quoted = value.replace("\\", "\\\\").replace("'", "''")
        lines.append(f"{name} = '{quoted}'")
    return "\n".join(lines) + "\n"


def memory_bytes() -> int:
    """The memory there is for us, in a container its limit."""
    total = int(psutil.virtual_memory().total)
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text("ascii").strip()
    except OSError:
        return total
    return min(total, int(limit)) if limit.isdigit() else total


def shared_memory_bytes() -> int:
    try:
        return int(psutil.disk_usage("/dev/shm").total)
    except OSError:
        return 0
