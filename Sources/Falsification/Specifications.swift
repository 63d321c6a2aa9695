internal import Hypotheses

/// Examines a claim about a probe, as written and under every combination of the choices that it varies.
///
/// Each combination is a hypothesis of its own: bound, checked, measured, held against every rival with as many replicates, and
/// judged. All have the claim's name, so that what is random is drawn from the same streams: two specifications with equal
/// folds have the same folds, and all are held against the same rearrangements. They are examined one after the other, each
/// with all jobs, and files are read once.
func examine(
  _ hypothesis: Hypothesis, library: DataLibrary, options: RunOptions
) async throws -> Evidence {
  func binder(_ hypothesis: Hypothesis) -> Binder {
    Binder(library: library, hypothesis: hypothesis, seed: options.seed, replicates: options.replicates)
  }
  var evidence = try await Examination(binder: binder(hypothesis), options: options).evidence()
    .warned(by: hypothesis)
  let total = hypothesis.specifications.count
  guard total > 0 else { return evidence }
  // Choices change the claimed measure only. A premise about another one says the same in every specification.
  let isPremise = hypothesis.premises.contains { $0.measurement == hypothesis.claim.measurement }
  let premises = isPremise ? nil : evidence.premises
  var found: [SpecificationEvidence] = []
  for (index, specification) in hypothesis.specifications.enumerated() {
    let place = "specification \(index + 1) of \(total)"
    let quiet = RunOptions(
      seed: options.seed, jobs: options.jobs, replicates: options.replicates,
      progress: { step in
        // Worlds are counted by rival, so the rival's name says whose they are.
        switch step {
        case .step(let name): options.progress(.step("\(place): \(name)"))
        case .worlds(let rival, let more, let count):
          options.progress(.worlds(rival: "\(place): \(rival)", more: more, of: count))
        }
      })
    let judged: (score: RequirementEvidence?, judgement: Judgement)
    if specification.isAsWritten {
      judged = (evidence.score.requirement, judge(evidence))
    } else {
      do {
        let specified = hypothesis.specified(by: specification)
        let other = try await Examination(binder: binder(specified), options: quiet)
          .evidence(premises: premises).warned(by: specified)
        judged = (other.score.requirement, judge(other))
      } catch let error as BindingError {
        judged = (nil, Judgement(verdict: .invalid, reason: error.description))
      }
    }
    found.append(
      SpecificationEvidence(
        choices: zip(hypothesis.variations, specification.choices).map {
          SpecificationEvidence.Choice(name: $0.choice.rawValue, value: $1)
        },
        isAsWritten: specification.isAsWritten, score: judged.score, verdict: judged.judgement.verdict,
        reason: judged.judgement.reason))
  }
  evidence.specifications = found
  return evidence
}
