// SPDX-License-Identifier: MIT
import ABI
import Base
import Core
import Manual
import OptionParser
import UtilityFrame

enum Top: UtilityProgram {
  static var manual: Manual {
    Manual(
      "top", "watch processes", synopsis: ["[-bH] [-d SECONDS] [-n COUNT] [-o COLUMN] [-p LIST]"],
      description: """
        Shows again and again how busy each processor is, how much memory is used, and which \
        processes use them. The figures of the first picture are since the start, those of later \
        ones since the one before. %CPU is in per cent of one processor; RES is memory of a \
        process's own.

        Keys: q or Ctrl-C ends, Ctrl-Z stops it, P sorts by processor use, M by memory, T by time, N by number, R in \
        the opposite order, k sends a signal to a process, a space shows a new picture at once.
        """,
      options: [
        .init("-b, --batch", "print pictures one after another, without a terminal"),
        .init("-d, --delay=SECONDS", "the time between pictures; 2 without it"),
        .init("-n, --iterations=COUNT", "so many pictures"),
        .init("-o, --sort=COLUMN", "by cpu, mem, time or pid"),
        .init("-p, --pid=LIST", "only these processes, apart by commas"),
        .init("-H, --no-header", "without the lines about the system"),
      ],
      examples: [.init("top -b -n 1", "one picture, to be read later")],
      seeAlso: ["ps", "free", "uptime", "kill"])
  }

  static func run(_ invocation: Invocation) throws(UtilityStop) -> Int32 {
    let options = try invocation.options()
    guard options.operands.isEmpty else { throw .usage("top takes no operands") }
    var count: UInt64?
    if let text = options.value("-n") {
      count = wholeNumber(text)
      guard let count, count > 0 else { throw .usage("invalid count " + text.quotedForMessage) }
    }
    var delay: UInt64 = 2_000_000_000
    if let text = options.value("-d") {
      guard let time = SleepTime.parse(text), time >= 10_000_000 else {
        throw .usage("invalid delay " + text.quotedForMessage)
      }
      delay = time
    }
    var picture = try TopPicture(invocation, showsHeader: !options.has("-H"))
    if let name = options.value("-o") {
      guard let order = TopPicture.Order(name) else {
        throw .usage("cannot sort by " + name.quotedForMessage)
      }
      picture.order = order
    }
    for list in options.values("-p") {
      for word in list.split(at: UInt8(ascii: ",")) {
        guard let number = wholeNumber(word), let process = UInt32(exactly: number) else {
          throw .usage(word.quotedForMessage + " is no process number")
        }
        picture.chosen.append(process)
      }
    }
    let isLive =
      !options.has("-b") && invocation.system.isTerminal(.standardInput)
      && invocation.system.isTerminal(.standardOutput)
    guard isLive else {
      guard options.has("-b") || count != nil else {
        throw .failed("there is no terminal: use -b")
      }
      return try print(&picture, count, delay, invocation)
    }
    var screen = TopScreen(invocation, picture, delay: delay)
    return try screen.run(count)
  }

  private static func print(
    _ picture: inout TopPicture, _ count: UInt64?, _ delay: UInt64, _ invocation: Invocation
  ) throws(UtilityStop) -> Int32 {
    var left = count ?? UInt64.max
    while true {
      let lines = try picture.next()
      for line in lines { invocation.output.put(line + "\n") }
      invocation.output.send()
      try invocation.checkOutput()
      left -= 1
      if left == 0 { return 0 }
      invocation.output.put("\n")
      do throws(SystemError) {
        try invocation.system.sleep(until: invocation.system.now &+ delay)
      } catch {
        guard error == .interrupted else { throw .failed(Text(error.explanation)) }
      }
    }
  }
}
