/* The LSTM diagram as one would write it by hand: gates i, f, g, o stacked, weights by columns, states in place.

   Built with the compiled engine's flags. EXP and TANH are the C library's, or with -DOWN the ones in own.h. */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef OWN
#include "own.h"
#define EXP exp_double
#else
#define EXP exp
#endif

static inline double logsig(double x)
{
    return 1.0 / (1.0 + EXP(-x));
}

static inline double tansig(double x)
{
    return 2.0 / (1.0 + EXP(-2.0 * x)) - 1.0;
}

/* W (4N x NI), R (4N x N), F (NO x N) by columns; u (steps x NI), y (steps x NO) by rows; h, c (N) are overwritten. */
void lstm(int64_t steps, const double *restrict W, const double *restrict R, const double *restrict b,
    const double *restrict F, const double *restrict u, double *restrict h, double *restrict c, double *restrict y)
{
    for (int64_t k = 0; k < steps; ++k) {
        double z[4 * N];
        for (int i = 0; i < 4 * N; ++i) {
            z[i] = b[i];
        }
        for (int j = 0; j < NI; ++j) {
            for (int i = 0; i < 4 * N; ++i) {
                z[i] += W[j * 4 * N + i] * u[k * NI + j];
            }
        }
        for (int j = 0; j < N; ++j) {
            for (int i = 0; i < 4 * N; ++i) {
                z[i] += R[j * 4 * N + i] * h[j];
            }
        }
        for (int i = 0; i < N; ++i) {
            c[i] = logsig(z[N + i]) * c[i] + logsig(z[i]) * tansig(z[2 * N + i]);
            h[i] = logsig(z[3 * N + i]) * tansig(c[i]);
        }
        for (int o = 0; o < NO; ++o) {
            double sum = 0.0;
            for (int j = 0; j < N; ++j) {
                sum += F[j * NO + o] * h[j];
            }
            y[k * NO + o] = sum;
        }
    }
}
