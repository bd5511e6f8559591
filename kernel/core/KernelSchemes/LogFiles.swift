// SPDX-License-Identifier: MIT
import ABI
import Core
import Objects

// `/scheme/sys/log`, for who looks at it once; `/scheme/sys/log_stream`, for who keeps all of it.

/// Open descriptions of the stream; more are refused, so that a write to the console stays short.
private let streamLimit = 4

extension Opening {
  /// The log with positions that mean the same for all who open it: they count from the first byte
  /// ever. It can be watched for what is written to the console; what the kernel itself reports is
  /// there to be read, but told together with the next write.
  func openLogStream() throws(SystemError) -> Ref<Description> {
    guard kernel.logReaders.count < streamLimit else { throw .busy }
    let description = try makeText(.log(base: 0, isStream: true))
    kernel.logReaders.append(description)
    return description
  }
}

/// A description of the log closes.
func closeLog(_ description: Ref<Description>) {
  guard description.value.schemeLink.isLinked else { return }
  kernel.logReaders.remove(description)
}

/// Tells those who follow the log that there is more of it.
func notifyLogReaders() {
  var next = kernel.logReaders.first
  while let description = next {
    next = kernel.logReaders.next(after: description)
    notify(description, .readable)
  }
}

/// Reads the log from a position of its own.
///
/// What has been overwritten since the file was opened reads as the oldest there is; in the stream
/// it is `gone`, so that its reader knows.
func readLog(
  base: UInt64, isStream: Bool, at offset: UInt64, _ buffer: UserSpan, _ thread: Ref<Thread>
) throws(SystemError) -> Outcome {
  let (wanted, overflow) = base.addingReportingOverflow(offset)
  guard !overflow, wanted < kernel.log.end else { return .done(0) }
  if isStream, wanted < kernel.log.start { throw .gone }
  let start = max(wanted, kernel.log.start)
  let count = min(kernel.log.end &- start, UInt64(min(buffer.count, 1024)))
  let scratch = ScratchPage()
  for index in 0..<count {
    scratch.bytes[Int(index)] = kernel.log.byte(at: start &+ index)
  }
  try copyOut(UserSpan(address: buffer.address, count: UInt(count)), scratch.address, thread)
  return .done(UInt(count))
}
