/// Ids as numbers from 0 without gaps, in the order in which they appear first.
package func numbered(_ ids: [Int]) -> (numbers: [Int], count: Int) {
  var known: [Int: Int] = [:]
  let numbers = ids.map { id in
    let number = known[id] ?? known.count
    known[id] = number
    return number
  }
  return (numbers, known.count)
}
