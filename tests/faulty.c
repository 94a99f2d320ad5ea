/* Goes wrong at the n-th change that a process makes to files: LD_PRELOAD of tests/faulty.py.
   Counted are calls that open a file to write it, write, rename, delete, make a folder, cut or flush; or, if
   that is asked for, messages over the network instead. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { NONE, KILL_BEFORE, KILL_AMID, FULL_DISK, BROKEN_ONCE, WATCHED };
static int mode = NONE, of_messages = 0, tell = -1, wait_for = -1;
static long at = 0, calls = 0;

void faulty_arm(int new_mode, long new_at, int new_of_messages) {
    mode = new_mode; at = new_at; of_messages = new_of_messages; calls = 0;
}
long faulty_calls(void) { return calls; }
void faulty_watched(int new_tell, int new_wait_for) { tell = new_tell; wait_for = new_wait_for; }

/* Die; or, if watched, wait until somebody has seen what a death here would leave. */
static void die(void) {
    if (mode == WATCHED) {
        char mark = '.';
        if (syscall(SYS_write, tell, &mark, 1) == 1 && syscall(SYS_read, wait_for, &mark, 1) == 1) return;
    }
    kill(getpid(), SIGKILL); for (;;) pause();
}

/* 0: go on; 1: die after (half of) the call; -1: fail, errno is set. */
static int fault_of(int is_message, int takes_room) {
    if (mode == NONE || is_message != of_messages) return 0;
    long n = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    if (mode == WATCHED) { die(); return 1; }
    if (n < at) return 0;
    if (mode == FULL_DISK) { if (!takes_room) return 0; errno = ENOSPC; return -1; }
    if (n > at) return 0;
    if (mode == BROKEN_ONCE) { errno = EIO; return -1; }
    if (mode == KILL_BEFORE) die();
    return 1;
}
static int fault(int takes_room) { return fault_of(0, takes_room); }
static int is_counted(int fd) {
    struct stat state;
    return mode != NONE && fd > 2 && fstat(fd, &state) == 0 && S_ISREG(state.st_mode);
}

#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) real = dlsym(RTLD_NEXT, name)
#define AFTER(call) do { __typeof__(call) r = call; if (f == 1) die(); return r; } while (0)

#define OPEN(name)                                                                    \
int name(const char *path, int flags, ...) {                                          \
    REAL(int, #name, const char *, int, ...);                                         \
    va_list more; va_start(more, flags); mode_t m = va_arg(more, mode_t); va_end(more); \
    int f = (flags & O_ACCMODE) != O_RDONLY ? fault(flags & O_CREAT) : 0;              \
    if (f < 0) return -1;                                                             \
    AFTER(real(path, flags, m)); }
OPEN(open) OPEN(open64)
#define OPENAT(name)                                                                  \
int name(int folder, const char *path, int flags, ...) {                              \
    REAL(int, #name, int, const char *, int, ...);                                    \
    va_list more; va_start(more, flags); mode_t m = va_arg(more, mode_t); va_end(more); \
    int f = (flags & O_ACCMODE) != O_RDONLY ? fault(flags & O_CREAT) : 0;              \
    if (f < 0) return -1;                                                             \
    AFTER(real(folder, path, flags, m)); }
OPENAT(openat) OPENAT(openat64)

ssize_t write(int fd, const void *data, size_t n) {
    REAL(ssize_t, "write", int, const void *, size_t);
    int f = is_counted(fd) ? fault(1) : 0;
    if (f < 0) return -1;
    if (f == 0) return real(fd, data, n);
    ssize_t half = real(fd, data, n / 2);
    die();
    ssize_t rest = real(fd, (const char *)data + n / 2, n - n / 2);
    return half < 0 ? half : rest < 0 ? rest : half + rest; }
#define PWRITE(name, offset)                                                          \
ssize_t name(int fd, const void *data, size_t n, offset where) {                      \
    REAL(ssize_t, #name, int, const void *, size_t, offset);                          \
    int f = is_counted(fd) ? fault(1) : 0;                                            \
    if (f < 0) return -1;                                                             \
    if (f == 0) return real(fd, data, n, where);                                      \
    ssize_t half = real(fd, data, n / 2, where);                                      \
    die();                                                                            \
    ssize_t rest = real(fd, (const char *)data + n / 2, n - n / 2, where + n / 2);    \
    return half < 0 ? half : rest < 0 ? rest : half + rest; }
PWRITE(pwrite, off_t) PWRITE(pwrite64, off64_t)
ssize_t writev(int fd, const struct iovec *data, int n) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    int f = is_counted(fd) ? fault(1) : 0;
    if (f < 0) return -1;
    AFTER(real(fd, data, n)); }
#define ONE(type, name, first, takes_room)                                            \
type name(first a) { REAL(type, #name, first); int f = fault(takes_room);             \
    if (f < 0) return -1; AFTER(real(a)); }
ONE(int, unlink, const char *, 0) ONE(int, rmdir, const char *, 0)
ONE(int, fsync, int, 0) ONE(int, fdatasync, int, 0)
#define TWO(name, first, second, takes_room)                                          \
int name(first a, second b) { REAL(int, #name, first, second); int f = fault(takes_room); \
    if (f < 0) return -1; AFTER(real(a, b)); }
TWO(rename, const char *, const char *, 0) TWO(mkdir, const char *, mode_t, 1)
TWO(ftruncate, int, off_t, 0) TWO(ftruncate64, int, off64_t, 0)
int unlinkat(int folder, const char *path, int flags) {
    REAL(int, "unlinkat", int, const char *, int);
    int f = fault(0); if (f < 0) return -1; AFTER(real(folder, path, flags)); }
int mkdirat(int folder, const char *path, mode_t m) {
    REAL(int, "mkdirat", int, const char *, mode_t);
    int f = fault(1); if (f < 0) return -1; AFTER(real(folder, path, m)); }
int renameat(int a, const char *from, int b, const char *to) {
    REAL(int, "renameat", int, const char *, int, const char *);
    int f = fault(0); if (f < 0) return -1; AFTER(real(a, from, b, to)); }
ssize_t send(int fd, const void *data, size_t n, int flags) {
    REAL(ssize_t, "send", int, const void *, size_t, int);
    int f = fault_of(1, 1);
    if (f < 0) return -1;
    AFTER(real(fd, data, f == 1 ? n / 2 : n, flags)); } /* is never watched */
