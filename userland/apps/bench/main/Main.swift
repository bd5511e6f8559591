// SPDX-License-Identifier: MIT
import ABI
import Base
import Benchmarks
import Core
import System

/// Measures what its arguments name; everything without arguments.
@main struct BenchProgram {
  static let usage: StaticString = """
    usage: bench [METRIC…]
    Prints 'bench NAME TURNS TICKS' for each metric; a tick is one instruction under QEMU's -icount.

    """

  static func main() {
    // First of all: how long the machine took to get here.
    let start = Measurement.ticks
    let arguments = Arguments.all
    if arguments.first == "--help" as Text {
      Handle.standardOutput.writeIgnoringErrors(Text(usage))
      exit(0)
    }
    var metrics: [Metric] = []
    for argument in arguments {
      guard let metric = Metric(argument) else {
        var message: Text = "bench: no metric "
        message.put(argument.quotedForMessage)
        message.put("\n")
        Handle.standardError.writeIgnoringErrors(message)
        exit(2)
      }
      metrics.append(metric)
    }
    var isSettled = false
    for metric in metrics.isEmpty ? Metric.all : metrics {
      if !isSettled, metric != .bootToPrompt {
        // What else starts with the machine would be counted: it has come to rest by then.
        Clock.sleep(.milliseconds(500))
        isSettled = true
      }
      measure(metric, start)
    }
    exit(0)
  }

  private static func measure(_ metric: Metric, _ start: UInt64) {
    do throws(BenchError) {
      let ticks = try ticks(metric, start)
      say(Report.measured(metric, turns: metric.turns, ticks: ticks))
    } catch {
      say(Report.missing(metric, error.text))
    }
  }

  private static func ticks(_ metric: Metric, _ start: UInt64) throws(BenchError) -> UInt64 {
    switch metric {
    case .bootToPrompt: return start
    case .nullCall: return nullCall(metric.turns)
    case .schemeCall: return try SchemeBench().call(metric.turns)
    case .schemeCallCross: return try SchemeBench(onOtherProcessor: true).call(metric.turns)
    case .schemeRead4K: return try SchemeBench().read(metric.turns)
    case .pipeRoundTrip: return try pipeRoundTrip(metric.turns)
    case .socketRoundTrip: return try socketRoundTrip(metric.turns)
    case .socketMessage4K: return try socketMessage(metric.turns, byteCount: 4096)
    case .threadCreateJoin: return try threadCreateJoin(metric.turns)
    case .pageFault: return try pageFault(metric.turns)
    case .mapUnmap: return try mapUnmap(metric.turns)
    case .forkExitWait: return try forkExitWait(metric.turns)
    case .spawnExitWait: return try spawnExitWait(metric.turns)
    case .shellStart: return try shellStart(metric.turns)
    case .shellLoop: return try shellLoop(metric.turns)
    case .shellPipeline: return try shellPipeline(metric.turns)
    case .fileOpenClose: return try FileBench().openClose(metric.turns)
    case .fileStat: return try FileBench().status(metric.turns)
    case .fileRead4K: return try FileBench().read(metric.turns)
    case .fileWrite4K: return try FileBench().write(metric.turns)
    case .fileCreateUnlink4K: return try FileBench().createUnlink(metric.turns)
    case .makeRemoveDirectory: return try FileBench().makeRemoveDirectory(metric.turns)
    case .rename: return try FileBench().rename(metric.turns)
    case .fileSequentialRead64K: return try FileBench().sequentialRead(metric.turns)
    case .fileSequentialWrite64K: return try FileBench().sequentialWrite(metric.turns)
    case .fileSynchronise4K: return try FileBench().synchronise(metric.turns)
    case .fileSpawn: return try FileBench().spawn(metric.turns)
    case .longestEntry: return try longestEntry()
    }
  }

  private static func say(_ line: Text) { Handle.standardOutput.writeIgnoringErrors(line) }
}

/// Why a metric cannot be measured.
enum BenchError: Error {
  case system(StaticString, SystemError)
  case executable(ExecutableError)
  case wrongContents
  case notAsAgreed(StaticString)

  var text: Text {
    switch self {
    case .system(let what, let error): Text(what) + ": " + Text(error.explanation)
    case .executable(let error): error.explanation
    case .wrongContents: "what was read is not what was written"
    case .notAsAgreed(let what): Text(what)
    }
  }
}

/// Runs `body` and says what was being done if it fails.
func doing<Result: ~Copyable>(
  _ what: StaticString, _ body: () throws(SystemError) -> Result
) throws(BenchError) -> Result {
  do throws(SystemError) { return try body() } catch { throw .system(what, error) }
}
