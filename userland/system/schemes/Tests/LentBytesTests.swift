// SPDX-License-Identifier: MIT
import ABI
import Core
import Memory
import Testing

@testable import Schemes

@Suite("Lent bytes") struct LentBytesTests {
  /// A request whose client can take so many bytes.
  private static func request(_ outputCount: Int) -> Request {
    func memory(_ count: Int) -> SharedBytes {
      let bytes = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64)
      _ = unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0, count: count)
      return unsafe SharedBytes(address: UInt(bitPattern: bytes), count: count)
    }
    let requests = memory(4096)
    var record = SchemeRequest()
    record.outputCount = UInt64(outputCount)
    requests.store(record, at: 0)
    return Request(unsafe MessageArea(requests: requests, answers: memory(4096)))
  }

  /// What the kernel would read.
  private static func bytes(_ span: UserSpan?) -> [UInt8]? {
    guard let span, let start = unsafe UnsafePointer<UInt8>(bitPattern: span.address) else {
      return nil
    }
    return (0..<Int(span.count)).map { unsafe start[$0] }
  }

  private static func address(_ bytes: [UInt8]) -> UInt {
    unsafe bytes.withUnsafeBufferPointer { UInt(bitPattern: $0.baseAddress) }
  }

  @Test(arguments: [
    // Range, how much the client takes, what it gets.
    (0..<256, 4096, 0..<256), (0..<256, 10, 0..<10), (100..<200, 4096, 100..<200),
    (100..<200, 100, 100..<200), (255..<256, 99, 255..<256), (256..<256, 8, 256..<256),
    (7..<9, 0, 7..<7),
  ])
  func anAnswerIsTheRangeAsFarAsTheClientTakesIt(
    _ range: Range<Int>, _ outputCount: Int, _ expected: Range<Int>
  ) {
    let content = (0..<256).map { UInt8($0) }
    var request = Self.request(outputCount)
    var lent = LentBytes()
    lent.answer(&request, with: content, range)
    let got = Self.bytes(request.lent)
    #expect(got == Array(content[expected]))
  }

  @Test func nothingIsCopied() {
    let content = [UInt8](repeating: 7, count: 4096)
    var request = Self.request(4096)
    var lent = LentBytes()
    lent.answer(&request, with: content, 8..<4096)
    let address = request.lent?.address
    #expect(address == Self.address(content) + 8)
  }

  @Test func whoeverChangesTheBytesMeanwhileChangesACopy() {
    var content = [UInt8](repeating: 7, count: 4096)
    var request = Self.request(4096)
    var lent = LentBytes()
    lent.answer(&request, with: content, 0..<4096)
    for index in content.indices { content[index] = 9 }
    let got = Self.bytes(request.lent)
    #expect(got == [UInt8](repeating: 7, count: 4096))
    lent.release()
  }

  @Test func theyStayWhenTheirOwnerForgetsThem() {
    var request = Self.request(4096)
    var lent = LentBytes()
    do {
      let content = [UInt8](repeating: 7, count: 4096)
      lent.answer(&request, with: content, 0..<4096)
    }
    // What would come to lie in their place.
    let others = (0..<16).map { [UInt8](repeating: UInt8($0 + 20), count: 4096) }
    let got = Self.bytes(request.lent)
    #expect(got == [UInt8](repeating: 7, count: 4096) && others.count == 16)
    lent.release()
  }

  @Test func releasedBytesAreChangedWhereTheyLie() {
    var content = [UInt8](repeating: 7, count: 4096)
    let before = Self.address(content)
    var request = Self.request(4096)
    var lent = LentBytes()
    lent.answer(&request, with: content, 0..<4096)
    lent.release()
    content[5] = 9
    #expect(Self.address(content) == before)
    // Twice, or before anything was lent, it does nothing.
    lent.release()
    var empty = LentBytes()
    empty.release()
  }

  @Test func theNextAnswerLetsTheOneBeforeGo() {
    var first = [UInt8](repeating: 1, count: 4096)
    let place = Self.address(first)
    let second = [UInt8](repeating: 2, count: 4096)
    var request = Self.request(4096)
    var lent = LentBytes()
    lent.answer(&request, with: first, 0..<4096)
    lent.answer(&request, with: second, 0..<16)
    first[0] = 9
    #expect(Self.address(first) == place)
    let got = Self.bytes(request.lent)
    #expect(got == [UInt8](repeating: 2, count: 16))
    lent.release()
  }
}
