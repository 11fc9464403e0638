function result = compare(a, b, tolerance)
    % COMPARE  How far two signals are apart, and where that is first seen.
    %
    %   result = bridge.compare(a, b) compares the signal a with the reference b:
    %   arrays of one size with time along the rows. A sample agrees if
    %
    %       |a - b| <= tolerance * scale,   scale = max |b| over all finite b.
    %
    %   result = bridge.compare(a, b, tolerance) takes another tolerance than the
    %   usual one, which is 1e-12 for two doubles, 2e-6 where one of them is single
    %   (what implementations of tanh and the order of summation make of the same
    %   network), and 0 where one of them is integer or logical.
    %
    %   result is a structure:
    %     absolute   largest |a - b|; Inf where just one of them is NaN
    %     relative   absolute / scale; 0 if both are 0
    %     scale      scale of b
    %     tolerance  the tolerance that was used
    %     first      number of the first row that does not agree; [] if all do
    %     agrees     whether all do

    classes = {'double', 'single', 'logical', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32'};
    validateattributes(a, classes, {}, 'bridge.compare', 'a');
    validateattributes(b, classes, {}, 'bridge.compare', 'b');
    if ~isequal(size(a), size(b))
        error('bridge:compare:size', 'a is %s, but b is %s', mat2str(size(a)), mat2str(size(b)));
    end
    if nargin < 3
        tolerance = usual(a, b);
    end
    validateattributes(tolerance, {'numeric'}, {'scalar', 'real', 'nonnegative', 'finite'}, 'bridge.compare', ...
                       'tolerance');

    % Every class here fits into a double, so that the difference is exact before it is rounded.
    x = double(a);
    y = double(b);
    same = x == y | (isnan(x) & isnan(y));
    apart = abs(x - y);
    apart(isnan(apart)) = Inf;
    apart(same) = 0;
    known = abs(y(isfinite(y)));

    result.absolute = max([0; apart(:)]);
    result.scale = max([0; known(:)]);
    result.relative = 0;
    if result.absolute > 0
        result.relative = result.absolute / result.scale;
    end
    result.tolerance = double(tolerance);
    rows = reshape(apart > result.tolerance * result.scale, size(apart, 1), []);
    result.first = find(any(rows, 2), 1);
    if isempty(result.first)
        result.first = [];
    end
    result.agrees = isempty(result.first);
end

function tolerance = usual(a, b)
    if ~(isfloat(a) && isfloat(b))
        tolerance = 0;
    elseif isa(a, 'single') || isa(b, 'single')
        tolerance = 2e-6;
    else
        tolerance = 1e-12;
    end
end
