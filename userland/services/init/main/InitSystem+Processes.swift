// SPDX-License-Identifier: MIT
import Supervision
import System

// Children that end. A thread waits for them and writes what it hears into a pipe, which the event
// loop watches like everything else.
extension InitSystem {
  func startReaping() throws(SystemError) {
    let pipe = try PipeEnds()
    try session.watch(pipe.reading, .readable, data: Source.ending.word())
    endings = pipe
    let target = pipe.writing
    _ = try Thread(stackBytes: 32_768) { reap(into: target) }
  }

  /// Takes the records of children that have ended.
  func takeEndings() {
    guard let handle = endings?.reading else { return }
    var bytes = RecordBytes(endRecordBytes)
    while bytes.read(from: handle) {
      let value = bytes.word32(8)
      let death: Death = bytes.word32(4) == 0 ? .exited(status: value & 255) : .signalled(value)
      childEnded(bytes.word32(0), death)
    }
  }

  private func childEnded(_ number: UInt32, _ death: Death) {
    var death = death
    // A process that was ended because of a fault died of that, whatever ended it.
    if let index = faults.firstIndex(where: { $0.number == number }) {
      death = .signalled(faults[index].signal)
      faults.remove(at: index)
    }
    if let service = services.first(where: { $0.number == number }) {
      serviceEnded(service, death)
    } else if let index = commands.firstIndex(where: { $0.number == number }) {
      let command = commands.remove(at: index)
      if death != .exited(status: 0) { sayEnd(of: command.program, death) }
      finished(command.unit)
    }
  }

  private func serviceEnded(_ service: SupervisedService, _ death: Death) {
    takeOutput(of: service)
    // What it said before its end counts, whichever of the two is heard of first.
    takeReadiness(of: service)
    service.tail.finish { line in show(service, line) }
    service.process = nil
    service.number = nil
    service.readiness = nil
    if service.program == .loading, hasLoaded(service, death) { return spawn(service) }
    if service.isTried, case .exited(let status) = death, status != 0 {
      // Who tried it is told, and nobody else.
      service.isTried = false
      apply(.stop, to: service)
    }
    let isToBeReported = !service.machine.isStopping && !service.machine.isExpected(death)
    if isToBeReported, death != .exited(status: 0) { sayEnd(of: service.name, death) }
    apply(.died(death), to: service)
    // Whoever asked for a stop has got it, even if somebody else asked for a start meanwhile.
    answer(&service.stoppers)
  }

  private func sayEnd(of name: Text, _ death: Death) {
    say { text in
      text.put(name)
      text.put(" ended: ")
      text.put(death)
    }
  }
}

/// Process number, state and value, four bytes each.
private let endRecordBytes = 12

/// Waits for children for ever, and writes a record for each end into `target`.
private func reap(into target: Handle) {
  while true {
    do throws(SystemError) {
      let report = try Process.wait(.any)
      var bytes = Text()
      bytes.putLittle(report.number)
      switch report.status {
      case .exited(let status):
        bytes.putLittle(0)
        bytes.putLittle(status)
      case .signalled(let signal):
        bytes.putLittle(1)
        bytes.putLittle(signal.rawValue)
      case .stopped, .continued: continue
      }
      try target.writeAll(bytes.span)
    } catch {
      // Nobody to wait for: there will be, since services are started again.
      Clock.sleep(.milliseconds(20))
    }
  }
}

extension Text {
  fileprivate mutating func putLittle(_ word: UInt32) {
    for index in 0..<4 { put(UInt8(truncatingIfNeeded: word >> UInt32(8 * index))) }
  }
}
