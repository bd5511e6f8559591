// SPDX-License-Identifier: MIT
import Core

/// A deterministic automaton for a program, built as far as texts need it.
///
/// What a state is reached at decides, with the next byte, whether assertions hold; so a match that
/// ends before a byte is seen in the step that takes this byte. Steps are numbers: `-1` was not
/// worked out yet; otherwise twice the next state's row, plus one if there is a match before the
/// byte.
struct RegularAutomaton {
  private struct State {
    /// Nodes at which it goes on, rising.
    var places: [Int32]
    var before: Neighbour

    func isSame(as other: State) -> Bool { before == other.before && places == other.places }
  }

  enum Mode {
    /// A match begins where the text does.
    case anchored
    /// Matches begin anywhere, and all places where one ends are told.
    case everywhere
    /// A match may begin anywhere, and the first one ends the search.
    case search
  }

  private let program: RegularProgram
  private let mode: Mode
  /// The class of each byte; all bytes of a class are alike to the program.
  let classes: [UInt16]
  /// The class of each byte in a character that is no part of a word; the same for ASCII, and where a
  /// program does not ask.
  private let apartClasses: [UInt16]
  /// One per class, to work out its steps with, and what it is to the places beside it.
  private let samples: [UInt8]
  private let neighbours: [Neighbour]
  /// The class of the end of the text.
  let endClass: Int
  /// Steps of one state: one per class, and the end.
  let width: Int
  private(set) var steps: [Int32] = []
  private var states: [State] = []
  /// Changes when all rows have become others.
  private(set) var generation = 0
  private var index = StateIndex()
  private var marks: [UInt32]
  private var mark: UInt32 = 0

  /// The row of the state in which nothing can match any more.
  static var dead: Int32 { 0 }
  private static var cellLimit: Int { 1 << 20 }

  init(_ program: RegularProgram, mode: Mode) {
    self.program = program
    self.mode = mode
    let table = ByteClasses(program)
    classes = table.classes.map { UInt16($0) }
    (samples, neighbours, apartClasses) = Self.addWords(to: table, program)
    endClass = samples.count
    width = samples.count + 1
    marks = [UInt32](repeating: 0, count: program.nodes.count)
    clear()
  }

  /// What bytes beyond ASCII are to a word depends on those beside them: each of their classes is there
  /// twice, as part of a word and as none.
  private static func addWords(
    to table: ByteClasses, _ program: RegularProgram
  ) -> ([UInt8], [Neighbour], [UInt16]) {
    var samples = table.samples
    var neighbours = samples.map { WordCharacters.isPart($0) ? Neighbour.word : .other }
    var apart = table.classes.map { UInt16($0) }
    guard program.usesWords else { return (samples, neighbours, apart) }
    var twins = [UInt16?](repeating: nil, count: samples.count)
    for byte in 0x80...0xFF {
      let own = Int(table.classes[byte])
      let twin = twins[own] ?? UInt16(samples.count)
      if twins[own] == nil {
        twins[own] = twin
        samples.append(UInt8(byte))
        neighbours.append(.other)
      }
      apart[byte] = twin
    }
    return (samples, neighbours, apart)
  }

  /// The class of the byte at `index`.
  @inline(__always)
  func kind(of text: Span<UInt8>, at index: Int) -> Int {
    let byte = text[index]
    if byte >= 0x80, program.usesWords, !WordCharacters.isPart(at: index, of: text) {
      return Int(apartClasses[Int(byte)])
    }
    return Int(classes[Int(byte)])
  }

  private mutating func clear() {
    generation += 1
    states = []
    steps = []
    index = StateIndex()
    _ = row(of: State(places: [], before: .edge))
    for index in steps.indices { steps[index] = Self.dead }
  }

  /// The row to begin at behind `before`.
  mutating func start(behind before: Neighbour) -> Int32 {
    row(of: State(places: [program.entry], before: relevant(before)))
  }

  /// What states differ by is only what the program asks about.
  private func relevant(_ before: Neighbour) -> Neighbour {
    if program.usesWords { return before }
    return program.usesStart && before == .edge ? .edge : .other
  }

  /// The step from `row` by a class, worked out if need be.
  mutating func step(_ row: Int32, _ kind: Int) -> Int32 {
    let known = steps[Int(row) + kind]
    return known >= 0 ? known : workOut(row, kind)
  }

  private mutating func workOut(_ row: Int32, _ kind: Int) -> Int32 {
    let state = states[Int(row) / width]
    let isEnd = kind == endClass
    let after: Neighbour = isEnd ? .edge : neighbours[kind]
    mark &+= 1
    if mark == 0 {
      for index in marks.indices { marks[index] = 0 }
      mark = 1
    }
    var waiting = state.places
    var places: [Int32] = []
    var hasMatch = false
    if mode != .anchored, !waiting.contains(program.entry) { waiting.append(program.entry) }
    while let place = waiting.popLast() {
      guard marks[Int(place)] != mark else { continue }
      marks[Int(place)] = mark
      switch program.nodes[Int(place)] {
      case .match: hasMatch = true
      case .byte(let byte, let next):
        if !isEnd, samples[kind] == byte { places.append(next) }
      case .set(let set, let next):
        if !isEnd, program.sets[Int(set)][samples[kind]] { places.append(next) }
      case .either(let first, let second):
        waiting.append(first)
        waiting.append(second)
      case .save(_, let next): waiting.append(next)
      case .assertion(let assertion, let next):
        if assertion.holds(between: state.before, and: after) { waiting.append(next) }
      }
    }
    let isOver = isEnd || (mode == .search && hasMatch)
    return enter(row, kind, isOver ? nil : places, after, hasMatch)
  }

  /// Notes the step to the state of `places`; without any the search is over.
  private mutating func enter(
    _ row: Int32, _ kind: Int, _ places: [Int32]?, _ after: Neighbour, _ hasMatch: Bool
  ) -> Int32 {
    var next = Self.dead
    let flag: Int32 = hasMatch ? 1 : 0
    if var places {
      places.sort()
      var count = 0
      for place in places where count == 0 || places[count - 1] != place {
        places[count] = place
        count += 1
      }
      places.removeLast(places.count - count)
      if mode != .anchored || !places.isEmpty {
        let cells = steps.count
        next = self.row(of: State(places: places, before: relevant(after)))
        if steps.count < cells { return next << 1 | flag }
      }
    }
    let step = next << 1 | flag
    steps[Int(row) + kind] = step
    return step
  }

  private mutating func row(of state: State) -> Int32 {
    let hash = Self.hash(state)
    if let found = index.find(hash, where: { states[$0].isSame(as: state) }) {
      return Int32(found * width)
    }
    if steps.count + width > Self.cellLimit, states.count > 8 {
      // Memory is bounded; what is needed of it is worked out again.
      clear()
    }
    states.append(state)
    index.insert(hash, states.count - 1)
    for _ in 0..<width { steps.append(-1) }
    return Int32((states.count - 1) * width)
  }

  private static func hash(_ state: State) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ UInt64(state.before.rawValue)
    for place in state.places {
      hash = (hash ^ UInt64(UInt32(bitPattern: place))) &* 0x100_0000_01B3
    }
    return hash ^ hash >> 29
  }
}
