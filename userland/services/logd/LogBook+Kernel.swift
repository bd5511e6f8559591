// SPDX-License-Identifier: MIT
import Base
import Core

// The kernel's log, which holds what the kernel reports, init's own words and what services write:
// init puts it on the console, and it stays there while logd is dead or not yet started.
extension LogBook {
  /// Takes what the kernel's log has from `kernelPosition` on, and commits.
  public mutating func takeKernel(_ bytes: Span<UInt8>, at time: UInt64) {
    var done = 0
    while done < bytes.count {
      let count = take(bytes.extracting(done..<bytes.count), from: .kernel, at: time)
      done += count
      state.kernelPosition += UInt64(count)
      commit()
    }
  }

  /// What lay before `position` in the kernel's log was overwritten before it was taken. Says so, and
  /// commits.
  public mutating func skipKernel(to position: UInt64, at time: UInt64) {
    guard position > state.kernelPosition else { return }
    let lost = position - state.kernelPosition
    _ = close(LogWriter.kernel.description, at: time)
    say(.warning, at: time) { line in
      line.put("the kernel's log went too fast: ")
      line.put(decimal: lost)
      line.put(" bytes were overwritten before they were read")
    }
    state.kernelPosition = position
    commit()
  }
}
