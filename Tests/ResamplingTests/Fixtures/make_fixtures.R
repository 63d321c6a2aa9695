# Makes r.json: what R answers. Run in this folder: Rscript make_fixtures.R
# Debian: apt-get install r-bioc-multtest r-cran-coin (R 4.2.2, multtest 2.54.0, coin 1.4-2).
suppressMessages({
  library(multtest)
  library(coin)
})
digits <- function(x) sprintf("%.17g", x)
number <- function(x) paste0("[", paste(digits(x), collapse = ","), "]")
rows <- function(m) paste0("[", paste(apply(m, 1, number), collapse = ","), "]")

# The examples of R's own help page ?wilcox.test, with data of Hollander & Wolfe (1973). Page 29, Hamilton depression
# scale factor: V = 40, p = 0.01953. Page 69, permeability of the chorioamnion: W = 35, p = 0.1272.
first <- c(1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30)
second <- c(0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29)
signed <- wilcox.test(first, second, paired = TRUE, alternative = "greater")
term <- c(0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46)
early <- c(1.15, 0.88, 0.90, 0.74, 1.21)
ranked <- wilcox.test(term, early, alternative = "greater")
stopifnot(signed$statistic == 40, signif(signed$p.value, 4) == 0.01953)
stopifnot(ranked$statistic == 35, signif(ranked$p.value, 4) == 0.1272)

# The same data, not ranked, with coin's exact permutation distribution.
group <- factor(rep(c("term", "early"), c(10, 5)), levels = c("term", "early"))
exact <- function(alternative) {
  as.numeric(pvalue(oneway_test(c(term, early) ~ group, distribution = "exact", alternative = alternative)))
}

# Step-down max-T over all 70 rearrangements of 4 and 4, Welch's t.
set.seed(7)
classes <- rep(0:1, each = 4)
data <- matrix(rnorm(12 * 8), 12, 8)
data[1:3, 5:8] <- data[1:3, 5:8] + c(4, 3, 2)
invisible(capture.output({
  both <- mt.maxT(data, classes, test = "t", side = "abs", B = 0)
  upper <- mt.maxT(data, classes, test = "t", side = "upper", B = 0)
}))
original <- function(result, column) result[order(result$index), column]

p <- c(0.01, 0.02, 0.03, 0.04, 0.05, 0.9, 0.9, 1, 0.001, 0.5)
cat(
  '{"signedRank":{"first":', number(first), ',"second":', number(second), ',"p":', digits(signed$p.value),
  '},"rankSum":{"first":', number(term), ',"second":', number(early), ',"p":', digits(ranked$p.value),
  ',"meanGreater":', digits(exact("greater")), ',"meanTwoSided":', digits(exact("two.sided")),
  '},"maxT":{"data":', rows(data), ',"statistic":', number(original(both, "teststat")),
  ',"raw":', number(original(both, "rawp")), ',"adjusted":', number(original(both, "adjp")),
  ',"upperRaw":', number(original(upper, "rawp")), ',"upperAdjusted":', number(original(upper, "adjp")),
  '},"adjust":{"p":', number(p), ',"holm":', number(p.adjust(p, "holm")),
  ',"benjaminiHochberg":', number(p.adjust(p, "BH")), ',"benjaminiYekutieli":', number(p.adjust(p, "BY")), '}}\n',
  sep = "", file = "r.json")
