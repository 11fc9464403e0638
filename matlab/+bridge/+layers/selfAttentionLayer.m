function y = selfAttentionLayer(layer, x)
    % SELFATTENTIONLAYER  What each step finds in all steps that it attends to.
    %
    %   y = bridge.layers.selfAttentionLayer(layer, x), x T x I, y T x O. Queries,
    %   keys and values are W x + b of each step. Each of NumHeads has its own d
    %   neighbouring channels of them: step t weighs the values of steps s with the
    %   softmax over s of q(t) k(s) / sqrt(d). OutputWeights and OutputBias take what
    %   all heads found. Where AttentionMask is 'causal', s is at most t.

    queries = x * layer.QueryWeights.' + layer.QueryBias.';
    keys = x * layer.KeyWeights.' + layer.KeyBias.';
    values = x * layer.ValueWeights.' + layer.ValueBias.';
    steps = size(x, 1);
    found = zeros(size(values), class(values));
    for head = 1:layer.NumHeads
        asked = own(layer, queries, head);
        at = own(layer, values, head);
        scores = queries(:, asked) * keys(:, asked).' / sqrt(numel(asked));
        if strcmp(layer.AttentionMask, 'causal')
            scores(~tril(true(steps))) = -Inf;
        end
        found(:, at) = bridge.layers.softmaxLayer(layer, scores) * values(:, at);
    end
    y = found * layer.OutputWeights.' + layer.OutputBias.';
end

function columns = own(layer, projected, head)
    count = size(projected, 2) / layer.NumHeads;
    if count ~= fix(count)
        error('bridge:forward:layer', 'layer ''%s'': %d channels cannot be shared by %d heads', ...
              layer.Name, size(projected, 2), layer.NumHeads);
    end
    columns = (head - 1) * count + (1:count);
end
