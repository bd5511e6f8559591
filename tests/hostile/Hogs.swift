// SPDX-License-Identifier: MIT
import System

/// Programs that take memory until there is none for them.
enum Hog {
  /// Touches pages until that is refused: by the kernel, if it is to write there, with an error;
  /// by itself, which ends it.
  static func touch() -> Never {
    let board = Board.own
    let asksTheKernel = Role.number(0) == 1
    do throws(SystemError) {
      while true {
        var range = try Mapping(byteCount: 1 << 20)
        for page in stride(from: 0, to: range.byteCount, by: 4096) {
          if asksTheKernel {
            let target = UserSpan(address: range.address + UInt(page), count: 1024)
            _ = try perform(AccountStatus { $0.buffer = target })
          } else {
            var bytes = range.mutableBytes
            bytes[page] = 1
          }
          board[.count] += 1
        }
        _ = range.release()
      }
    } catch { board[.failure] = UInt64(error.rawValue) }
    board[.ready] = 1
    while true { Clock.sleep(.seconds(100)) }
  }

  /// Asks for memory in each of the ways in which it can be refused.
  static func ask() -> Never {
    let board = Board.own
    for way in 0..<Self.ways {
      var kept: [Handle] = []
      var ranges: [(address: UInt, byteCount: Int)] = []
      do throws(SystemError) {
        while true {
          switch way {
          case 0:
            ranges.append(try Mapping(byteCount: 1 << 20, .read | .write | .populate).release())
          case 1: kept.append(try MemoryObject(byteCount: 1 << 18, .wired).release())
          case 2: kept.append(try MemoryObject(byteCount: 1 << 20, .contiguous).release())
          default: ranges.append(try sparse(UInt(ranges.count)))
          }
          board[.first, way * 2] += 1
        }
      } catch { board[.first, way * 2 + 1] = UInt64(error.rawValue) }
      for handle in kept { performIgnoringErrors(Close { $0.handle = handle }) }
      for range in ranges {
        performIgnoringErrors(
          Unmap {
            $0.address = range.address
            $0.length = UInt(range.byteCount)
          })
      }
    }
    board[.ready] = 1
    while true { Clock.sleep(.seconds(100)) }
  }

  static var ways: Int { 4 }

  /// One page in a gigabyte of its own: it takes two page tables, or three.
  private static func sparse(_ index: UInt) throws(SystemError) -> (UInt, Int) {
    let address = try perform(
      Map {
        $0.address = (index + 64) << 30
        $0.length = 4096
        $0.flags = .read | .write | .fixed | .populate
      })
    return (address, 4096)
  }

  /// Maps ranges that cannot be joined, until refused; nothing is touched.
  static func map() -> Never {
    let board = Board.own
    var count = 0
    do throws(SystemError) {
      while true {
        let flags: MapFlags = count & 1 == 0 ? .read | .write : .read
        _ = try Mapping(byteCount: 4096, flags).release()
        count += 1
        board[.count] = UInt64(count)
      }
    } catch { board[.failure] = UInt64(error.rawValue) }
    // Then ranges as long as there is room for.
    var length = UInt(1) << 46
    while length > 4096 {
      do throws(SystemError) {
        _ = try perform(
          Map {
            $0.length = length
            $0.flags = .read
          })
        board[.detail] += 1
      } catch { length >>= 1 }
    }
    board[.ready] = 1
    while true { Clock.sleep(.seconds(100)) }
  }
}
