// SPDX-License-Identifier: MIT
import ABI
import CSystem

// A thread's block and its thread-local variables, as compilers for the processor expect them: the
// thread pointer points to the block, whose first word is its own address, and the variables end
// where the block begins.

/// Where the program's initial values of thread-local variables lie.
struct ThreadVariables {
  /// Address of the initial values.
  var image: UInt = 0
  var imageBytes: UInt = 0
  /// Bytes of all variables; those behind the image start as zero.
  var byteCount: UInt = 0
  var alignment: UInt = 1

  init() {}

  /// How far below the block the variables begin: the linker counted on exactly this.
  var offset: UInt { (byteCount &+ alignment &- 1) & ~(alignment &- 1) }
  /// Alignment of the block, and of the memory that it is made in.
  var blockAlignment: UInt { max(64, alignment) }
  /// What a thread needs below its block.
  var bytesBelowBlock: UInt { (offset &+ blockAlignment &- 1) & ~(blockAlignment &- 1) }
  /// What a thread needs in all, if it starts at a multiple of `blockAlignment`.
  var bytesWithBlock: UInt { bytesBelowBlock &+ blockBytes }

  /// Finds the variables through this program's own headers.
  ///
  /// - Safety: `header` is the address of the program's ELF header in memory, `base` what its
  ///   addresses are relative to.
  @unsafe
  init(header: UInt) {
    let table = header &+ (unsafe word(header &+ 32))
    let sizes = unsafe word(header &+ 48)
    // e_phentsize is bytes 54 and 55, e_phnum 56 and 57.
    let entryBytes = (sizes >> 48) & 0xFFFF
    let entryCount = unsafe word(header &+ 56) & 0xFFFF
    var entry = table
    for _ in 0..<entryCount {
      if (unsafe word(entry)) & 0xFFFF_FFFF == 7 {
        image = header &+ (unsafe word(entry &+ 16))
        imageBytes = unsafe word(entry &+ 32)
        byteCount = unsafe word(entry &+ 40)
        alignment = max(1, unsafe word(entry &+ 48))
      }
      entry &+= entryBytes
    }
  }
}

/// Bytes kept for `system_thread`, rounded up so that what follows stays aligned.
let blockBytes: UInt = 256

nonisolated(unsafe) var threadVariables = ThreadVariables()

/// Makes a thread block with initialised variables in zeroed memory at `area`.
///
/// - Safety: `area` is a multiple of `blockAlignment`, and `bytesWithBlock` zeroed bytes there
///   are the new thread's alone.
/// - Returns: the block's address, for the thread pointer.
@unsafe
func makeThreadBlock(in area: UInt) -> UInt {
  let variables = unsafe threadVariables
  let block = area &+ variables.bytesBelowBlock
  // Variables lie directly below the block, as much as their size rounded up to their alignment.
  if variables.imageBytes != 0,
    let target = unsafe UnsafeMutableRawPointer(bitPattern: block &- variables.offset),
    let source = unsafe UnsafeRawPointer(bitPattern: variables.image)
  {
    unsafe target.copyMemory(from: source, byteCount: Int(variables.imageBytes))
  }
  if let thread = unsafe UnsafeMutablePointer<system_thread>(bitPattern: block) {
    unsafe thread.pointee.address = block
    unsafe thread.pointee.running = 1
    unsafe thread.pointee.stack_guard = stackGuard
  }
  return block
}

/// What functions with a stack protector put between their variables and their return address. The
/// low byte is zero, so that a text that runs over cannot carry it.
private var stackGuard: UInt {
  let random = unsafe startRecord.random
  return random == 0 ? 0 : (unsafe word(random)) & ~0xFF
}

/// - Safety: called once, by the first thread, before anything uses thread-local variables.
@unsafe
func prepareFirstThread() {
  unsafe threadVariables = ThreadVariables(header: system_image_header())
  let needed = unsafe threadVariables.bytesWithBlock
  var area = system_first_thread_space()
  let alignment = unsafe threadVariables.blockAlignment
  if needed > 1024 || alignment > 64 {
    let call = Map {
      $0.length = (needed &+ alignment &+ 4095) & ~4095
      $0.flags = .read | .write
    }
    let result = trap(call)
    // Without memory for its variables the program cannot start.
    guard result <= UInt.max &- 4095 else { systemExit(127) }
    area = (result &+ alignment &- 1) & ~(alignment &- 1)
  }
  let block = unsafe makeThreadBlock(in: area)
  performIgnoringErrors(SetThreadPointer { $0.value = block })
}
