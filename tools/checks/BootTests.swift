// SPDX-License-Identifier: MIT

/// A program of the `tests` package that tests the booted system from inside.
///
/// It says on standard output, one line each:
///
///     program calls                 first of all
///     begin a closed handle is refused
///     ok a closed handle is refused
///     begin …
///     not ok …: reason
///     end calls                     last of all
///
/// Other lines are remarks, shown when something failed.
public struct BootTest: Equatable, Sendable {
  /// Its name in `images/tests.toml`, below `tests/`.
  public var program: String
  /// On machines with as many processors as these.
  public var processorCounts = [1, 2]
  /// What it is called with.
  public var arguments = ""
  /// How long it may take, in seconds.
  public var seconds = 150.0
  /// The image that it is in.
  public var image = "tests"
  /// Words for the kernel (`kernel/core/Boot/README.md`).
  public var commandLine = ""
  /// What it is called with when it is named alone, and how long that may take: a campaign.
  public var campaign: Campaign?

  public struct Campaign: Equatable, Sendable {
    public var arguments: String
    public var seconds: Double

    public init(_ arguments: String, seconds: Double) {
      self.arguments = arguments
      self.seconds = seconds
    }
  }

  public init(
    _ program: String, processorCounts: [Int] = [1, 2], seconds: Double = 150.0,
    image: String = "tests", commandLine: String = "", campaign: Campaign? = nil
  ) {
    self.program = program
    self.processorCounts = processorCounts
    self.seconds = seconds
    self.image = image
    self.commandLine = commandLine
    self.campaign = campaign
  }

  /// The same test as its campaign, if it has one.
  public var asCampaign: BootTest {
    guard let campaign else { return self }
    var test = self
    test.arguments = campaign.arguments
    test.seconds = campaign.seconds
    return test
  }

  /// All of them. Those that want the same machine share one boot, in this order.
  public static let all: [BootTest] = [
    BootTest("smoke"),
    BootTest("machine"),
    BootTest("schemes"),
    BootTest("terminals"),
    BootTest("utilities"),
    BootTest("sockets"),
    BootTest("coreutils", seconds: 300),
    BootTest("shell", seconds: 600),
    BootTest("hostile", seconds: 600),
    BootTest("restart", seconds: 600, campaign: Campaign("10000", seconds: 7200)),
    BootTest("fuzz", seconds: 900, campaign: Campaign("10000000", seconds: 14_400)),
    BootTest(
      "startup", processorCounts: [2], image: "hostile", commandLine: "test.skip-processor=1"),
  ]

  /// One boot of the tests: a machine, and what runs on it.
  public struct Boot: Equatable, Sendable {
    public var image: String
    public var commandLine: String
    public var processorCount: Int
    public var tests: [BootTest]

    public var programs: [String] { tests.map(\.program) }
    /// How long it may take, in seconds.
    public var timeout: Double { tests.reduce(0) { $0 + $1.seconds } }

    /// The script that `exec` runs: one program after the other.
    public var script: String {
      tests.map { test in
        let arguments = test.arguments.isEmpty ? "" : " " + test.arguments
        return "/scheme/initfs/tests/\(test.program)\(arguments)\n"
      }.joined()
    }
  }

  /// As few boots as these tests can do with.
  public static func boots(_ tests: [BootTest]) -> [Boot] {
    var boots: [Boot] = []
    for test in tests {
      for count in test.processorCounts {
        let known = boots.firstIndex {
          $0.processorCount == count && $0.image == test.image
            && $0.commandLine == test.commandLine
        }
        if let known {
          boots[known].tests.append(test)
        } else {
          boots.append(
            Boot(
              image: test.image, commandLine: test.commandLine, processorCount: count,
              tests: [test]))
        }
      }
    }
    return boots
  }
}

/// Reads what the test programs of one boot say, and counts.
public struct BootTestLog: Sendable {
  private var waiting: [String]
  private var program: String?
  private var test: String?
  private var rest: [UInt8] = []
  /// Lines that say something beside results, such as seeds.
  public private(set) var remarks: [String] = []
  private var tally = Tally()

  /// - Parameter programs: Those that have to run, in their order.
  public init(programs: [String]) { waiting = programs }

  public mutating func append(_ bytes: [UInt8]) {
    rest += bytes
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      read(String(decoding: rest[..<end], as: UTF8.self))
      rest.removeSubrange(...end)
    }
  }

  /// The result once nothing more will come. What was to run and did not has failed.
  public mutating func finish() -> Tally {
    endProgram()
    for name in waiting { fail("\(name): did not run") }
    waiting = []
    if tally.failed > 0 { tally.report += remarks.suffix(50).map { "  \($0)" } }
    return tally
  }

  private mutating func read(_ line: String) {
    if let name = line.after("program ") {
      endProgram()
      program = name
      waiting.removeAll { $0 == name }
    } else if let name = line.after("begin ") {
      endTest()
      test = name
    } else if let name = line.after("ok ") {
      if test == name { test = nil }
      tally.passed += 1
    } else if let what = line.after("not ok ") {
      test = nil
      fail("\(program ?? "?"): \(what)")
    } else if line.after("end ") != nil {
      endTest()
      program = nil
    } else {
      remarks.append(line)
    }
  }

  private mutating func endTest() {
    guard let test else { return }
    fail("\(program ?? "?"): \(test): did not end")
    self.test = nil
  }

  private mutating func endProgram() {
    let wasInTest = test != nil
    endTest()
    if let program, !wasInTest { fail("\(program): ended early") }
    program = nil
  }

  private mutating func fail(_ line: String) { tally.add(.failure(line)) }
}

extension String {
  /// The rest behind a prefix, nil when it does not begin so.
  fileprivate func after(_ prefix: String) -> String? {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
  }
}
