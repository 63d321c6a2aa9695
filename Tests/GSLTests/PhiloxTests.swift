import GSL
import Testing

@Suite("Philox 4x32-10")
struct PhiloxTests {
  @Test("gives the known answers of Random123 (tests/kat_vectors)")
  func knownAnswers() {
    #expect(
      Philox.words(counter: SIMD4(repeating: 0), key: SIMD2(repeating: 0))
        == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    #expect(
      Philox.words(counter: SIMD4(repeating: .max), key: SIMD2(repeating: .max))
        == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    #expect(
      Philox.words(
        counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
        key: SIMD2(0xa409_3822, 0x299f_31d0))
        == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test("agrees with the paper's equations in whole numbers, one block or four")
  func fixture() throws {
    let fixture = try Fixture.load()
    for block in fixture.philox {
      let words = Philox.words(
        counter: SIMD4(block.counter), key: SIMD2(block.key))
      #expect((0..<4).map { words[$0] } == block.words)
    }
    var words = InlineArray<16, UInt32>(repeating: 0)
    Philox.fourBlocks(
      counterLow: UInt64(UInt32.max) - 1, counterHigh: 9 << 32 | 5, key: 13 << 32 | 11, into: &words)
    #expect((0..<16).map { words[$0] } == fixture.philoxRow)
  }
}
