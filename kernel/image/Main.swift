// SPDX-License-Identifier: MIT
import Kernel
import Machine

/// The kernel image is entered at `pvh_start` (arch/x86_64/support/boot.S), never here; SwiftPM asks
/// every executable for a `main`.
@main
struct KernelImage {
  static func main() {}
}
