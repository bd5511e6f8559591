// SPDX-License-Identifier: MIT
import ABI
import Architecture
import Core
import Machine
import Objects

@testable import Kernel

/// What the root account has in use, without the frames that the kernel keeps for its objects.
struct ProcessUse: Equatable {
  var frames: UInt64
  var processes: UInt64
  var threads: UInt64
  var handles: UInt64

  init() {
    let account = Fixture.rootAccount!
    frames = account.value.used[0] - UInt64(kernel.frames.kernelCount)
    processes = account.value.used[1]
    threads = account.value.used[2]
    handles = account.value.used[3]
  }
}

extension Fixture {
  /// Waits for any child, without waiting.
  static func reap(
    as thread: Ref<Thread>, _ options: WaitOptions = .noHang, _ selector: Int = -1
  ) -> Result {
    var wait = WaitChild()
    wait.selector = selector
    wait.options = options
    return call(wait, as: thread)
  }

  static func exit(_ thread: Ref<Thread>, _ status: UInt32 = 0) {
    var exiting = ExitProcess()
    exiting.status = status
    call(exiting, as: thread)
  }
}

extension CreateMemory {
  init(length: UInt64) {
    self.init()
    self.length = length
  }
}

extension CreateProcess {
  init(account: Handle) {
    self.init()
    self.account = account
  }
}

extension Close {
  init(handle: Handle) {
    self.init()
    self.handle = handle
  }
}

extension Signal {
  init(process: Ref<Process>, signal: UInt32, value: UInt = 0) {
    self.init()
    self.process = .none
    self.selector = Int(process.value.number)
    self.signal = signal
    self.value = value
  }
}
