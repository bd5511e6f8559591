// SPDX-License-Identifier: MIT
import ABI
import CSystem
import Core

/// A thread of this process that somebody can wait for. A value that ends without `join` leaves its
/// thread to itself.
public struct Thread: ~Copyable {
  private let memory: ThreadMemory
  private let owned: OwnedHandle
  private var isJoined = false

  /// Starts a thread that runs `body`.
  ///
  /// - Parameters:
  ///   - stackBytes: how large its stack may become; memory is taken as it is touched.
  ///   - flags: `suspended` for a thread that waits for `resume`.
  /// - Throws: `quotaExceeded`, `outOfMemory`.
  @export(interface)
  public init(
    stackBytes: Int = 256 * 1024, _ flags: ThreadFlags = ThreadFlags(),
    _ body: sending @escaping () -> Void
  ) throws(SystemError) {
    guard stackBytes >= 4096, stackBytes <= 1 << 30 else { throw .invalidArgument }
    let memory = try takeThreadMemory(stackBytes: (UInt(stackBytes) &+ 4095) & ~4095)
    do throws(SystemError) {
      owned = try startThread(memory, ThreadBody(body), flags)
    } catch {
      giveThreadMemory(memory)
      throw error
    }
    self.memory = memory
  }

  deinit {
    if !isJoined { noteDetached(memory.block) }
  }

  /// Waits until the thread has ended.
  @export(interface)
  public consuming func join() {
    _ = waitForEnd(ofThread: memory.block, until: .never)
    giveThreadMemory(memory)
    isJoined = true
  }

  /// The thread's handle, for calls that have no wrapper.
  public var handle: Handle { owned.handle }

  /// The calling thread's number in its process.
  public static var currentNumber: UInt32 {
    @export(interface)
    get { currentThreadNumber }
  }

  /// Ends the calling thread.
  @export(interface)
  public static func end() -> Never { endThread() }

  /// Lets others run first.
  @export(interface)
  public static func yield() { performIgnoringErrors(Yield()) }

  /// Lets a suspended thread run.
  @export(interface)
  public func resume() throws(SystemError) { _ = try control(.resume) }

  /// Stops the thread until `resume`.
  @export(interface)
  public func suspend() throws(SystemError) { _ = try control(.suspend) }

  /// 0 for the fair class, 1 ... 63 for real time.
  /// - Throws: `notPermitted` if the account does not allow it.
  @export(interface)
  public func setPriority(_ priority: Int) throws(SystemError) {
    _ = try control(.priority, UInt(bitPattern: priority))
  }

  /// The processors that it may run on, as a bit mask.
  @export(interface)
  public func setAffinity(_ processors: UInt) throws(SystemError) {
    _ = try control(.affinity, processors)
  }

  private func control(
    _ operation: ThreadOperation, _ value: UInt = 0
  ) throws(SystemError) -> UInt {
    try perform(
      ControlThread {
        $0.thread = owned.handle
        $0.operation = operation
        $0.value = value
      })
  }
}
