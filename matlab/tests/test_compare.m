% Differences, their scale, and where they are first seen.
b = [1, 2; 3, -4; 5, 0];

%% equal signals
result = bridge.compare(b, b);
assert(result.agrees && result.absolute == 0 && result.relative == 0 && isequal(result.first, []));
assert(result.scale == 5 && result.tolerance == 1e-12);

%% the first row that differs, and by how much
a = b;
a(2, 2) = a(2, 2) + 1e-3;
a(3, 1) = a(3, 1) + 1e-2;
result = bridge.compare(a, b, 1e-3);
assert(~result.agrees && result.first == 3);
assert(abs(result.absolute - 1e-2) < 1e-15 && abs(result.relative - 2e-3) < 1e-15);
testing.agree(a, b, 3e-3);
result = bridge.compare(a, b, 1e-4);
assert(result.first == 2);

%% single has single's tolerance
result = bridge.compare(single(b) * (1 + single(1e-6)), b);
assert(result.agrees && result.tolerance == 2e-6);
testing.differ(b * (1 + 1e-6), b);

%% integers and logicals must be equal
testing.differ(int8([1; 2]), int8([1; 3]));
testing.agree([true; false], [1; 0]);
result = bridge.compare(uint8(100), uint8(200));
assert(result.absolute == 100);

%% NaN equals NaN and nothing else
testing.agree([1; NaN; Inf], [1; NaN; Inf]);
result = bridge.compare([1; 2; NaN], [1; NaN; 3]);
assert(result.absolute == Inf && result.first == 2);
testing.differ([1; Inf], [1; -Inf]);

%% nothing to compare
testing.agree(zeros(0, 2), zeros(0, 2));

%% another size
testing.refusal('bridge:compare:size', @() bridge.compare(b, b.'));
