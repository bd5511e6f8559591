// SPDX-License-Identifier: MIT

/// The sentences of `docs/abi.md` that belong to no single declaration.
enum Prose {
  static let introduction = """
    # The Apus ABI

    What programs and the kernel agree on, whole. Numbers and layouts on this page only grow: a call
    number, an error number or a field is never used for something else.

    ## Entering the kernel

    | | x86_64 |
    |---|---|
    | instruction | `syscall` |
    | call number | `rax` |
    | arguments, in order | `rdi`, `rsi`, `rdx`, `r10`, `r8`, `r9` |
    | result | `rax` |
    | destroyed | `rcx`, `r11` |

    The result is a reply word, or the negated number of an error (the last 4,095 values). A number
    without a call answers `noSystemCall`. A span of the caller's memory takes two registers: its
    address and its count of bytes. Flag words refuse bits that have no meaning.

    ## Waiting

    A call that waits either finishes, or ends with `interrupted` when a signal arrives, or with
    `timedOut` when its deadline passes. Deadlines are absolute, in nanoseconds of the monotonic
    clock. While a call waits for a page that a scheme supplies, or does a long piece of work in
    bounded steps, it is made again from the start; programs do not notice.

    ## Handles and rights

    A handle is a number in one process for an open description, with rights. The POSIX range starts
    at 0 and is given lowest first; the runtime's range starts at 0x40000000 and is left out by fork
    and exec. Each range has at most 16,384 handles. A duplicate has the same rights or fewer.

    `Open` and `Duplicate` give numbers of the POSIX range unless their flags say `runtimeHandle`.
    The calls that make something (`CreateMemory`, `CreateProcess`, `CreateScheme` and the like) give
    numbers of the runtime's range.

    ## How a program starts

    At the first instruction the stack pointer is a multiple of 16 and points to: the argument
    count; the argument pointers and a zero; the environment pointers and a zero; pairs of tag and
    value up to tag 0. The first argument register holds the same address. Programs are position
    independent and apply their own relative relocations.

    | tag | value |
    |---|---|
    | 3, 4, 5 | address, size and count of the program headers |
    | 6 | bytes of a page |
    | 7, 9 | load address, entry |
    | 11 to 14 | real and effective user, real and effective group |
    | 23 | nonzero if a set-id program runs |
    | 25 | address of 16 random bytes |
    | 31 | the program's path |
    | 0x1001 | the working directory, as a path |
    | 0x1002 | the file creation mask |
    | 0x1003 | address of the `ClockPage` |
    | 0x1004 | a service's capsule, a memory object's handle |
    | 0x1005 | the handle on which a service tells that it is ready, by one zero byte |
    | 0x1006 | the inherited signal mask |
    | 0x1007 | the management handle of the scheme that a service is to serve |
    | 0x1008 | the signals that the program that started it ignored, bit n-1 for signal n |

    ## Serving a scheme

    A server attaches to a scheme with a message area, a wired memory object, and calls
    `NextRequest` in a loop. Each request is written as a `SchemeRequest` to the start of the area,
    the bytes that the client sends right behind it. The answer's data is taken from wherever in the
    server's memory the call says. Requests may be answered in any order. When a server ends, what
    it had taken and not answered goes back to the front of the queue with the flag `again` and the
    sequence number it had; a server that records number and result in its capsule before it answers
    can answer a repeated request from there.

    """

  static let records = """
    Fields stand in memory in the order of the table, each at its natural alignment, little endian.

    """

  static let conclusion = """

    ## Debug registers

    `DebugThread` moves words of 8 bytes. On x86_64: rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp, r8 to
    r15, rip, rflags, fs base. Bits of rflags that would raise privilege keep their value.

    """
}
